// The page's own behaviour: a preference moves the pick, a click shows a configuration, the table sorts, filters and downloads.
"use strict";

// The augmented achievement scalarising function (Wierzbicki 1980), less is better: the same as reports/ranking/_rule.py.
function achievement(lacking, importance) {
  return lacking.map(function (own) {
    var counted = own.map(function (d, k) { return d > 0 ? d * importance[k] : d / importance[k]; });
    return Math.max.apply(null, counted) + 1e-3 * own.reduce(function (sum, d, k) { return sum + d * importance[k]; }, 0);
  });
}

// The trial that a preference picks, measured against each output trained alone.
function preferred(candidates, importance, data) {
  var lacking = candidates.map(function (one) {
    return one.merit.map(function (x, k) { return (data.reference[k] - x) / data.span[k]; });
  });
  var costs = achievement(lacking, importance);
  return candidates[costs.indexOf(Math.min.apply(null, costs))].trial;
}

// The same text as reports.compile_call.
function compileCall(one, losses) {
  var lines = one.losses.map(function (at, k) { return "        " + losses[k].name + ": " + losses[k].sources[at]; });
  return "model.compile(\n    optimizer=" + one.optimizer + ",\n    loss={\n" + lines.join(",\n") +
    ",\n    },\n    loss_weights={" + one.weights.map(function (w, k) { return losses[k].name + ": " + w; }).join(", ") + "},\n)";
}

function startPage(data) {
  var byTrial = {}, plot = document.getElementById("front");
  data.candidates.forEach(function (one) { byTrial[one.trial] = one; });
  var eligible = data.candidates.filter(function (one) { return one.merit; });

  function show(trial, title) {
    var one = byTrial[trial];
    if (!one) { return; }
    document.getElementById("shown-title").textContent = title + ": trial " + trial + (one.baseline ? " (" + one.baseline + ")" : "");
    document.getElementById("shown-values").textContent = data.objectives.map(function (objective, k) {
      return objective.name + " " + Number(one.values[k].toPrecision(4));
    }).join(", ");
    document.getElementById("shown-call").textContent = compileCall(one, data.losses);
    if (plot && data.marked !== null && window.Plotly) {
      Plotly.restyle(plot, {x: [[one.values[0]]], y: [[one.values[1]]]}, [data.marked]);
    }
  }

  var sliders = Array.prototype.slice.call(document.querySelectorAll("input[data-objective]"));
  function importance() { return sliders.map(function (slider) { return Math.pow(2, Number(slider.value)); }); }
  sliders.forEach(function (slider) {
    slider.addEventListener("input", function () {
      slider.nextElementSibling.textContent = "×" + Number(Math.pow(2, Number(slider.value)).toPrecision(2));
      show(preferred(eligible, importance(), data), "With this preference");
    });
  });
  var reset = document.getElementById("reset");
  if (reset) {
    reset.addEventListener("click", function () {
      sliders.forEach(function (slider) { slider.value = 0; slider.nextElementSibling.textContent = "×1"; });
      show(data.pick, "The pick");
    });
  }
  [plot, document.getElementById("weights")].forEach(function (clicked) {
    if (!clicked || !clicked.on) { return; }
    clicked.on("plotly_click", function (event) {
      var trial = event.points[0].customdata;
      show(Array.isArray(trial) ? trial[0] : trial, "Chosen by a click");
    });
  });
  if (data.pick !== null) { show(data.pick, "The pick"); }
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  document.querySelectorAll("input[data-all]").forEach(function (box) {
    var table = document.getElementById(box.dataset.all);
    box.addEventListener("change", function () { table.classList.toggle("all", box.checked); });
  });
  var copy = document.getElementById("copy-call");
  if (copy) { copy.addEventListener("click", function () { copied(document.getElementById("shown-call"), copy); }); }
}

// Copies a text; where the browser does not allow that, the text is selected, so that a key copies it.
function copied(node, button) {
  function say(word) { button.textContent = word; setTimeout(function () { button.textContent = "Copy"; }, 2000); }
  function select() {
    var range = document.createRange();
    range.selectNodeContents(node);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    say("Selected");
  }
  if (!navigator.clipboard) { select(); return; }
  navigator.clipboard.writeText(node.textContent).then(function () { say("Copied"); }, select);
}

function valueOf(cell) { return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value; }

function sortable(table) {
  var body = table.tBodies[0];
  table.querySelectorAll("th").forEach(function (header, column) {
    var button = header.querySelector("button");
    button.addEventListener("click", function () {
      var down = header.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      var keyed = Array.prototype.map.call(body.rows, function (row) { return [valueOf(row.cells[column]), row]; });
      keyed.sort(function (a, b) { return compare(a[0], b[0], down); });
      var rows = document.createDocumentFragment();
      keyed.forEach(function (pair) { rows.appendChild(pair[1]); });
      body.appendChild(rows);
    });
  });
  var filter = document.getElementById(table.id + "-filter"), saved = document.getElementById(table.id + "-csv");
  filter.addEventListener("input", function () {
    var wanted = filter.value.toLowerCase();
    Array.prototype.forEach.call(body.rows, function (row) { row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0; });
  });
  saved.addEventListener("click", function () {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(table)], {type: "text/csv"}));
    link.download = table.id + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  });
}

// Empty cells last, whatever the direction; numbers by their size.
function compare(a, b, down) {
  if (a === "" || b === "") { return (a === "") - (b === ""); }
  var x = Number(a), y = Number(b);
  var order = isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y;
  return down ? -order : order;
}

// The rows that are shown. A text that a spreadsheet would take for a formula is told apart by an apostrophe.
function csvOf(table) {
  function cell(node) {
    var text = valueOf(node).trim();
    if (/^[=+\-@\t]/.test(text) && isNaN(Number(text))) { text = "'" + text; }
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  return Array.prototype.filter.call(table.rows, function (row) { return !row.hidden; }).map(function (row) {
    return Array.prototype.map.call(row.cells, cell).join(",");
  }).join("\r\n") + "\r\n";
}
