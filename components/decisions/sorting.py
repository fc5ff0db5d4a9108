"""The script that sorts a table by the heading that is clicked; without it the table stays."""

SORTING = """
document.documentElement.classList.add("scripts");
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
        var order = numbers ? a.value - b.value
          : a.text.localeCompare(b.text, undefined, { numeric: true });
        return down ? -order : order;
      });
      keyed.forEach(function (each) { body.appendChild(each.row); });
    });
  });
});
"""
