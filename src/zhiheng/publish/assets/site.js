/* The look (light or dark), the language link, and charts that are drawn when they come into view.
   Everything on a page can be read without this script; charts repeat what the tables say. */
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "zhiheng-look";

  function remembered() {
    try { return window.localStorage.getItem(KEY); } catch (refused) { return null; }
  }
  function remember(look) {
    try { window.localStorage.setItem(KEY, look); } catch (refused) { /* it lasts for this page, then */ }
  }
  function current() {
    if (root.dataset.look) { return root.dataset.look; }
    return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  var chosen = remembered();
  if (chosen === "light" || chosen === "dark") { root.dataset.look = chosen; }
  root.classList.add("scripted");

  function lookButton() {
    var button = document.querySelector("button.look");
    var word = button.querySelector(".look-word");
    function name() { word.textContent = current() === "dark" ? button.dataset.light : button.dataset.dark; }
    button.hidden = false;
    button.addEventListener("click", function () {
      root.dataset.look = current() === "dark" ? "light" : "dark";
      remember(root.dataset.look);
      name();
    });
    name();
  }

  /* The other language opens at the same place of the same page. */
  function languageLinks() {
    document.querySelectorAll("a.language").forEach(function (link) {
      var address = link.getAttribute("href");
      link.addEventListener("click", function () { link.setAttribute("href", address + window.location.hash); });
    });
  }

  /* A link may lead into something folded. */
  function unfoldTarget() {
    var target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    for (var inner = target; inner; inner = inner.parentElement) {
      if (inner.tagName === "DETAILS") { inner.open = true; }
    }
    if (target) { target.scrollIntoView(); }
  }

  function draw(canvas) {
    if (canvas.dataset.drawn || !window.vegaEmbed) { return; }
    canvas.dataset.drawn = "begun";
    var text = document.getElementById(canvas.dataset.spec).textContent;
    /* Colours are names in the specification; the style sheet says what they are in which look. */
    var spec = JSON.parse(text.replace(/"@(\w+)"/g, '"var(--$1)"'));
    spec.layer = spec.layer.filter(function (layer) {
      /* Printed values stay only where each has room; the table has them anyway. */
      var many = /^labels_\d_(\d+)$/.exec(layer.name || "");
      return !many || canvas.clientWidth / Number(many[1]) > 72;
    });
    spec.config.legend.columns = Math.max(1, Math.floor(canvas.clientWidth / 190));
    window.vegaEmbed(canvas, spec, {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true }
    }).then(
      function () { canvas.dataset.drawn = "done"; },
      function (error) { canvas.dataset.drawn = "failed"; throw error; }
    );
  }

  function charts() {
    var canvases = Array.prototype.slice.call(document.querySelectorAll(".canvas"));
    if (!("IntersectionObserver" in window)) { canvases.forEach(draw); return; }
    var watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { watcher.unobserve(entry.target); draw(entry.target); }
      });
    }, { rootMargin: "300px" });
    canvases.forEach(function (canvas) { watcher.observe(canvas); });
    window.addEventListener("beforeprint", function () { canvases.forEach(draw); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    lookButton();
    languageLinks();
    charts();
    unfoldTarget();
    window.addEventListener("hashchange", unfoldTarget);
  });
}());
