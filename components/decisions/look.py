"""What the page of decisions adds to the look of all pages."""

LOOK = """
main{max-width:1240px}
.notes{margin:6px 0 0;padding-left:20px;font-weight:400;font-size:.92rem;color:var(--ink)}
.filter{display:inline-block;margin:0 0 10px;font-size:.9rem;cursor:pointer}
.filter input{accent-color:var(--c0)}
.decisions:has(.only:checked) tbody tr:not(.acting){display:none}
.sortable thead button{all:unset;cursor:pointer;color:inherit;font:inherit}
.sortable thead button:hover{color:var(--ink)}
.sortable thead button:focus-visible{outline:2px solid var(--c0);outline-offset:3px;
border-radius:2px}
.sortable th[aria-sort=ascending] button::after{content:" \\2191"}
.sortable th[aria-sort=descending] button::after{content:" \\2193"}
.sortable td{vertical-align:top}
.decisions .scroll{max-height:min(75vh,860px);overflow:auto}
.sortable thead th{position:sticky;top:0;background:var(--card);z-index:1}
.scripted{display:none}.scripts .scripted{display:inline}
html:not(.scripts) .sortable thead button{cursor:auto}
.acting>td:first-child{box-shadow:inset 3px 0 var(--bad)}
.choice{display:inline-block;border-radius:999px;padding:1px 10px;font-weight:600;font-size:.85rem}
.choice.act{background:var(--badback);color:var(--bad)}
.choice.leave{background:var(--goodback);color:var(--good)}
.choice.warn,.choice.none{border:1px dashed var(--c1);color:var(--ink);padding:0 9px}
.why{color:var(--soft);font-size:.83rem}.why div{white-space:nowrap}
.why div:first-child{color:var(--ink)}
.below{margin:10px 0 0}
.tile .value{overflow-wrap:anywhere}
.day{fill:var(--c0)}.day.today{fill:var(--bad)}.day.missing{fill:var(--rule);opacity:.6}
@media print{main{max-width:none;padding:0}.filter,.scripted{display:none!important}
.decisions{break-inside:auto}tr{break-inside:avoid}thead{display:table-header-group}
.decisions .scroll{overflow:visible;max-height:none}.sortable thead th{position:static}
th,td{padding:4px 6px}.choice{border:1px solid}}
"""
