"""A table that sorts where scripts run, and is a plain table where they do not."""

SORTING_STYLE = """
main{max-width:1240px}
.sortable thead button{all:unset;cursor:pointer;color:inherit;font:inherit}
.sortable thead button:hover{color:var(--ink)}
.sortable thead button:focus-visible{outline:2px solid var(--c0);outline-offset:3px;border-radius:2px}
.sortable th[aria-sort=ascending] button::after{content:" \\2191"}
.sortable th[aria-sort=descending] button::after{content:" \\2193"}
.sortable td{vertical-align:top}
.acting>td:first-child{box-shadow:inset 3px 0 var(--bad)}
.choice{display:inline-block;border-radius:999px;padding:1px 10px;font-weight:600;font-size:.85rem}
.choice.act{background:var(--badback);color:var(--bad)}
.choice.leave{background:var(--goodback);color:var(--good)}
.choice.stale{background:transparent;border:1px dashed var(--c1);color:var(--ink)}
.why{color:var(--soft);font-size:.83rem}.why div{white-space:nowrap}
.why div:first-child{color:var(--ink)}
.day{fill:var(--c0)}.day.none{fill:var(--rule)}
"""

SORTING = """
document.querySelectorAll("table.sortable").forEach(function (table) {
  var body = table.tBodies[0];
  table.querySelectorAll("thead button").forEach(function (button) {
    button.addEventListener("click", function () {
      var head = button.parentElement, place = head.cellIndex;
      var down = head.getAttribute("aria-sort") !== "descending";
      table.querySelectorAll("thead th").forEach(function (each) {
        each.removeAttribute("aria-sort");
      });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var keyed = Array.from(body.rows).map(function (row) {
        var cell = row.cells[place];
        var text = cell.hasAttribute("data-sort")
          ? cell.getAttribute("data-sort") : cell.textContent.trim();
        var value = text === "" ? NaN : Number(text);
        return { row: row, text: text, value: value };
      });
      keyed.sort(function (a, b) {
        if (a.text === "" || b.text === "") { return (a.text === "") - (b.text === ""); }
        var numbers = !isNaN(a.value) && !isNaN(b.value);
        var order = numbers ? a.value - b.value : a.text.localeCompare(b.text);
        return down ? -order : order;
      });
      keyed.forEach(function (each) { body.appendChild(each.row); });
    });
  });
});
"""
