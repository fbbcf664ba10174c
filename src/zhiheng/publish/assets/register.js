/* A register: looking something up, choosing by its fields, turning leaves. The rows stand in a script of
   their own, so that the page is small and works from a folder. Without this script the page has the first
   rows, and the downloads have all of them. */
(function () {
  "use strict";
  function start() {
    var rows = window.zhihengRegister, table = document.getElementById("t-register");
    var tools = document.querySelector(".register-tools");
    if (!rows || !table || !tools) { return; }
    var body = table.tBodies[0], model = body.rows[0].cloneNode(true), leaf = body.rows.length, at = 0;
    var find = tools.elements.find, count = document.querySelector(".register-count");
    var leaves = document.querySelector(".register-leaves");
    var choices = Array.prototype.slice.call(tools.querySelectorAll("select"));
    var found = rows, foreign = document.documentElement.lang === "en";

    function choose() {
      var terms = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = rows.filter(function (row) {
        var text = terms.length ? row.join("\n").toLowerCase() : "";
        return terms.every(function (term) { return text.indexOf(term) >= 0; }) &&
          choices.every(function (one) { return !one.value || row[Number(one.dataset.column)] === one.value; });
      });
      at = 0;
      show();
    }
    function show() {
      body.textContent = "";
      found.slice(at, at + leaf).forEach(function (row) {
        var line = model.cloneNode(true);
        row.forEach(function (text, i) {
          line.cells[i].textContent = text;
          if (foreign && /[\u3400-\u9fff]/.test(text)) { line.cells[i].lang = "zh-CN"; }
        });
        body.appendChild(line);
      });
      count.textContent = found.length ? count.dataset.words
        .replace("{first}", (at + 1).toLocaleString("en")).replace("{last}", Math.min(at + leaf, found.length).toLocaleString("en"))
        .replace("{total}", found.length.toLocaleString("en")) : count.dataset.none;
      leaves.hidden = found.length <= leaf;
      leaves.querySelector("[data-step='-1']").disabled = at === 0;
      leaves.querySelector("[data-step='1']").disabled = at + leaf >= found.length;
    }
    tools.addEventListener("submit", function (event) { event.preventDefault(); });
    tools.addEventListener("input", choose);
    leaves.addEventListener("click", function (event) {
      if (event.target.dataset.step) {
        at += leaf * Number(event.target.dataset.step);
        show();
        count.scrollIntoView();
      }
    });
    tools.hidden = false;
    show();
  }
  document.addEventListener("DOMContentLoaded", start);
}());
