/// The page's own script, and its style. Without the script the page shows the same in still
/// pictures.
package enum ReportScript {
  /// Puts a dygraph in place of each still curve. With the keyboard: arrows go from point to point,
  /// + and - zoom, 0 and Escape show all.
  static let source = """
    'use strict';
    document.querySelectorAll('figure.chart').forEach(function (figure) {
      var data = JSON.parse(figure.querySelector('script').textContent);
      var still = figure.querySelector('svg');
      var live = document.createElement('div');
      live.className = 'live';
      live.tabIndex = 0;
      live.setAttribute('role', 'application');
      live.setAttribute('aria-label', still.getAttribute('aria-label') +
        ' Arrow keys go from point to point, + and - zoom, 0 shows all.');
      still.replaceWith(live);
      var words = document.createElement('p');
      words.className = 'reading';
      words.setAttribute('aria-live', 'polite');
      figure.appendChild(words);
      var series = {};
      data.labels.slice(1).forEach(function (label, index) {
        series[label] = {
          color: data.colours[index],
          strokePattern: data.dashed[index] ? [6, 4] : null
        };
      });
      function short(value) { return String(Number(value.toPrecision(5))); }
      var hint = 'Drag to zoom, double click or 0 to show all.';
      function tell(x, points) {
        words.textContent = data.x + ' ' + short(x) + ': ' + points.filter(function (point) {
          return point.yval !== null && !isNaN(point.yval);
        }).map(function (point) {
          return data.names[data.labels.indexOf(point.name) - 1] + ' ' + short(point.yval);
        }).join(', ');
      }
      words.textContent = hint;
      var graph = new Dygraph(live, data.rows, {
        labels: data.labels, series: series, legend: 'never', connectSeparatedPoints: true,
        drawPoints: data.rows.length < 30, pointSize: 2.5, strokeWidth: 2, highlightCircleSize: 4,
        xlabel: data.x, ylabel: data.y, axisLabelFontSize: 12, xLabelHeight: 16, yLabelWidth: 16,
        gridLineColor: '#e4e4e0', axisLineColor: '#a8a8a4', animatedZooms: false,
        xRangePad: 4, yRangePad: 8,
        axes: { x: { pixelsPerLabel: 50, axisLabelFormatter: short }, y: { axisLabelWidth: 54 } },
        highlightCallback: function (event, x, points) { tell(x, points); },
        unhighlightCallback: function () { words.textContent = hint; }
      });
      var place = -1;
      function show(row) {
        place = Math.max(0, Math.min(data.rows.length - 1, row));
        graph.setSelection(place);
        words.textContent = data.x + ' ' + short(data.rows[place][0]) + ': ' +
          data.names.map(function (name, index) {
            var value = data.rows[place][index + 1];
            return value === null ? null : name + ' ' + short(value);
          }).filter(function (part) { return part !== null; }).join(', ');
      }
      function zoom(factor) {
        var range = graph.xAxisRange();
        var middle = place < 0 ? (range[0] + range[1]) / 2 : data.rows[place][0];
        var half = (range[1] - range[0]) / 2 * factor;
        graph.updateOptions({ dateWindow: [middle - half, middle + half] });
      }
      live.addEventListener('keydown', function (event) {
        switch (event.key) {
        case 'ArrowRight': show(place + 1); break;
        case 'ArrowLeft': show(place < 0 ? data.rows.length - 1 : place - 1); break;
        case 'Home': show(0); break;
        case 'End': show(data.rows.length - 1); break;
        case '+': case '=': zoom(0.5); break;
        case '-': zoom(2); break;
        case '0': case 'Escape': graph.resetZoom(); break;
        default: return;
        }
        event.preventDefault();
      });
    });
    """

  /// The Content-Security-Policy of the page: nothing may come from anywhere else.
  static let policy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

  /// The style that all pages share.
  package static let style = """
    :root { --ink: #22242a; --quiet: #5d6168; --line: #dcdcd6; --paper: #fbfbf9; --card: #ffffff;
      --accent: #0072b2; }
    * { box-sizing: border-box; }
    html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
    @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
    body { margin: 0; color: var(--ink); background: var(--paper); overflow-wrap: anywhere;
      font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
    header, main, footer, nav { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; }
    header { padding-top: 2.5rem; }
    h1 { font-size: 1.9rem; line-height: 1.25; font-weight: 650; margin: 0 0 .3rem; }
    h2 { font-size: 1.3rem; font-weight: 650; margin: 0 0 .6rem; }
    h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .4rem; }
    p { margin: 0 0 .8rem; max-width: 48rem; }
    .quiet, figcaption, .reading { color: var(--quiet); font-size: .9rem; }
    a { color: var(--accent); }
    a:focus-visible, summary:focus-visible, .live:focus-visible, .wide:focus-visible {
      outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem; }
    nav { margin-top: 1.2rem; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .95rem; }
    nav a { text-decoration: none; padding: .2rem 0; }
    nav a:hover { text-decoration: underline; }
    section { margin: 2.2rem 0 0; padding: 1.4rem 1.5rem; background: var(--card);
      border: 1px solid var(--line); border-radius: 10px; }
    .cards { display: grid; gap: .8rem; margin: 1.4rem 0 0; padding: 0;
      grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
    .cards div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: .7rem 1rem; }
    .cards dt { color: var(--quiet); font-size: .85rem; }
    .cards dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
    .note { border-left: 4px solid #d55e00; padding: .6rem 1rem; background: #fdf4ec;
      border-radius: 4px; margin: 0 0 1rem; max-width: none; }
    .note ul { margin: .2rem 0 0; padding-left: 1.2rem; }
    pre { background: #f3f3ef; border: 1px solid var(--line); border-radius: 6px; margin: 0 0 .8rem;
      padding: .7rem .9rem; white-space: pre-wrap; font-size: .88rem; line-height: 1.45; }
    code, pre { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
    .wide { overflow-x: auto; margin: 0 0 .8rem; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
      vertical-align: top; }
    th { font-weight: 600; }
    td.number, th.number { text-align: right; white-space: nowrap; }
    .settings td:first-child, .settings th { white-space: nowrap; }
    .matrix td, .matrix th { text-align: center; padding: .3rem .45rem; min-width: 2.6rem;
      border: 1px solid #fff; }
    .matrix th[scope=row] { text-align: right; }
    caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
    summary { cursor: pointer; padding: .3rem 0; color: var(--accent); }
    figure { margin: 0; }
    .charts { display: grid; gap: 1.6rem 2rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
    .chart svg { width: 100%; height: auto; display: block; }
    .chart svg text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: var(--ink); }
    .live { width: 100%; height: 280px; }
    .live .dygraph-axis-label, .live .dygraph-label { color: var(--ink); font-size: 12px; }
    .reading { min-height: 2.8rem; margin: .3rem 0 0; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; padding: 0;
      margin: 0 0 1rem; font-size: .9rem; }
    .legend svg { width: 2.4rem; height: .7rem; margin-right: .5rem; vertical-align: middle; }
    .pictures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
      list-style: none; padding: 0; margin: 0 0 .8rem; }
    .pictures img, .evidence img { width: 100%; height: auto; display: block; border-radius: 4px;
      image-rendering: auto; border: 1px solid var(--line); }
    .pictures img.small { image-rendering: pixelated; }
    .evidence { display: grid; gap: 1.2rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
    .evidence .row { display: grid; gap: .6rem; grid-template-columns: repeat(3, 1fr); }
    .sheets { display: grid; gap: 1.2rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
    .sheets img { max-width: 100%; height: auto; }
    .bar { display: flex; height: 1.6rem; border-radius: 4px; overflow: hidden; margin: 0 0 .5rem;
      max-width: 48rem; }
    footer { color: var(--quiet); font-size: .85rem; padding-top: 2rem; padding-bottom: 3rem; }
    @media (max-width: 40rem) {
      header, main, footer, nav { padding-left: 1rem; padding-right: 1rem; }
      header { padding-top: 1.5rem; }
      h1 { font-size: 1.5rem; }
      section { padding: 1.1rem 1rem; margin-top: 1.4rem; }
      .cards { grid-template-columns: repeat(2, 1fr); }
      .cards dd { font-size: 1.15rem; }
      .pictures { grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
    }
    @media print { section { break-inside: avoid; } nav, .skip { display: none; } }
    """
}
