"""What the page of the evidence adds to the house look."""

EVIDENCE_STYLE = """
:root{--open:#7a4d00;--openback:#fff3d6}
@media (prefers-color-scheme:dark){:root{--open:#f0c063;--openback:#372a10}}
.verdict.open{background:var(--openback);border-color:var(--open);color:var(--open)}
.verdict b{display:block;font-size:1.3rem;line-height:1.25}
.verdict span{display:block;font-weight:600;font-size:1rem;margin-top:2px}
.verdict small{margin-top:6px}
.moved{color:var(--open);font-weight:650}
.facts{margin:0;font-size:.9rem}
.facts div{display:grid;grid-template-columns:minmax(110px,180px) 1fr;gap:2px 16px;padding:7px 0;
border-bottom:1px solid var(--rule)}
.facts div:last-child{border-bottom:0}.facts dt{color:var(--soft)}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
code{font:.85rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
tbody th{white-space:normal;overflow-wrap:anywhere;min-width:7rem}
.chart{max-width:460px}
@media (max-width:480px){.facts div{grid-template-columns:1fr}}
"""
