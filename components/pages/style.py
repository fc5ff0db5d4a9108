"""The look of the report: light and dark, wide and narrow, on screen and on paper."""

STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#5a6675;
--rule:#e2e6eb;--good:#13795b;--goodback:#e3f5ee;--bad:#b42318;--badback:#fdecea;--accent:37 99 173;
--c0:#2563ad;--c1:#d9640d;--c2:#12835f;--c3:#8a4fbf;--c4:#b5892a;--c5:#be3a6c}
@media (prefers-color-scheme:dark){:root{--page:#0f141a;--card:#182029;--ink:#e6ebf1;
--soft:#9aa7b5;--rule:#2b3642;--good:#4cc79a;--goodback:#12332a;--bad:#ff8a7d;--badback:#3b1a17;
--accent:108 168 240;
--c0:#6ca8f0;--c1:#f79a54;--c2:#4fc79d;--c3:#c194ee;--c4:#dfba63;--c5:#f084ab}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 4px}
p{margin:0 0 12px;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.9rem}
.verdict{border-radius:12px;padding:16px 20px;margin:16px 0 20px;border-left:6px solid;
font-size:1.1rem;font-weight:600;overflow-wrap:anywhere}
.verdict.good{background:var(--goodback);border-color:var(--good);color:var(--good)}
.verdict.bad{background:var(--badback);border-color:var(--bad);color:var(--bad)}
.verdict small{display:block;font-weight:400;font-size:.9rem;color:var(--ink)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));
gap:12px;margin:0 0 20px}
.tile,section{background:var(--card);border:1px solid var(--rule);border-radius:12px;
padding:16px}
.tile dt{color:var(--soft);font-size:.85rem}.tile dd{margin:0}
.interval span{white-space:nowrap}
.tile .value{font-size:1.7rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.tile .interval{color:var(--soft);font-size:.8rem;font-variant-numeric:tabular-nums}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px;
margin-bottom:16px;align-items:start}
section{min-width:0}section.wide{margin-bottom:16px}
svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--soft)}svg .axis{font-size:12.5px}svg .note{fill:var(--ink);font-weight:600}
.grid{stroke:var(--rule);stroke-width:1}
.reference{stroke:var(--soft);stroke-dasharray:4 4;stroke-width:1.2;opacity:.8}
.line{fill:none;stroke-width:2.2;stroke-linejoin:round}
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}
.line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}.line.c5{stroke:var(--c5)}
.dot.c0{fill:var(--c0)}.dot.c1{fill:var(--c1)}.dot.c2{fill:var(--c2)}
.dot.c3{fill:var(--c3)}.dot.c4{fill:var(--c4)}.dot.c5{fill:var(--c5)}.faint{opacity:.55}
.area{fill-opacity:.22;stroke-width:1.8}
.area.c0{fill:var(--c0);stroke:var(--c0)}.area.c1{fill:var(--c1);stroke:var(--c1)}
.area.c2{fill:var(--c2);stroke:var(--c2)}.area.c3{fill:var(--c3);stroke:var(--c3)}
.area.c4{fill:var(--c4);stroke:var(--c4)}.area.c5{fill:var(--c5);stroke:var(--c5)}
.marker{fill:var(--card);stroke:var(--ink);stroke-width:2}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 0;padding:0 0 0 52px;
font-size:.85rem;color:var(--soft)}
.swatch{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px}
.swatch.c0{background:var(--c0)}.swatch.c1{background:var(--c1)}.swatch.c2{background:var(--c2)}
.swatch.c3{background:var(--c3)}.swatch.c4{background:var(--c4)}.swatch.c5{background:var(--c5)}
.scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:7px 10px;text-align:left;border-bottom:1px solid var(--rule);white-space:nowrap}
thead th{color:var(--soft);font-weight:600;font-size:.82rem}
tbody th{font-weight:500}tbody tr:last-child>*{border-bottom:0}.n{text-align:right}
.pass{color:var(--good);font-weight:650}.fail{color:var(--bad);font-weight:650}
.badge{display:inline-block;border:1px solid var(--c0);color:var(--c0);border-radius:999px;
padding:0 8px;margin-left:8px;font-size:.75rem;font-weight:600}
.bars th{width:48%;white-space:normal;overflow-wrap:anywhere}
.bars td{width:52%}.bar{display:inline-block;width:calc(100% - 64px);height:12px;
vertical-align:middle;background:var(--rule);border-radius:6px;overflow:hidden}.fill{display:block;height:100%;
background:var(--c0);border-radius:6px}
.share{display:inline-block;width:60px;text-align:right;color:var(--soft);font-size:.82rem}
.confusion td,.confusion th{text-align:center}.confusion tbody th{text-align:right}
.cell{background:rgb(var(--accent)/calc(.05 + .45*var(--share)))}
.cell b{display:block;font-size:1.1rem}.cell small{color:var(--ink);opacity:.75}
footer{color:var(--soft);font-size:.82rem;margin-top:24px;overflow-wrap:anywhere}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
"""
