/* Looks through the search index: every word of what was typed must stand in an entry, as a part of any
   text, which is what Chinese needs. What is called so comes first, then what begins with it, then what has
   it in its name, then the rest, each in the order of the index. */
(function () {
  "use strict";
  var MOST = 60;
  function start() {
    var entries = window.zhihengSearch, form = document.querySelector("form.search");
    if (!entries || !form) { return; }
    var input = form.querySelector("input"), list = document.querySelector("ol.found");
    var count = document.querySelector(".found-count");

    function look() {
      var asked = input.value.toLowerCase().trim(), terms = asked.split(/\s+/).filter(Boolean);
      var found = !terms.length ? [] : entries.map(function (entry) {
        var name = entry[1].toLowerCase(), all = name + "\n" + entry[3].toLowerCase();
        var there = terms.every(function (term) { return all.indexOf(term) >= 0; });
        var named = terms.every(function (term) { return name.indexOf(term) >= 0; });
        var rank = name === asked ? 0 : !named ? 3 : name.indexOf(terms[0]) > 0 ? 2 : 1;
        return { entry: entry, rank: there ? rank : -1 };
      }).filter(function (item) { return item.rank >= 0; });
      found.sort(function (a, b) { return a.rank - b.rank; });
      list.textContent = "";
      found.slice(0, MOST).forEach(function (item) {
        var line = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
        link.href = list.dataset.home + item.entry[2];
        link.textContent = item.entry[1];
        kind.className = "soft";
        kind.textContent = item.entry[0];
        line.appendChild(link);
        line.appendChild(document.createTextNode(" "));
        line.appendChild(kind);
        list.appendChild(line);
      });
      count.textContent = !terms.length ? "" : found.length ? count.dataset.words.replace("{n}", found.length) : count.dataset.none;
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    input.addEventListener("input", function () {
      look();
      window.history.replaceState(null, "", "#q=" + encodeURIComponent(input.value));
    });
    var asked = /^#q=(.*)$/.exec(window.location.hash);
    if (asked) { input.value = decodeURIComponent(asked[1]); }
    look();
    input.focus();
  }
  document.addEventListener("DOMContentLoaded", start);
}());
