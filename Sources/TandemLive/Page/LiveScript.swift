/// The scripts of the live page, in the order in which they stand in it.
enum LiveScript {
  /// A chart in a figure of the page: a dygraph where the library is there, else lines on a canvas.
  /// Both are read with the arrow keys.
  static let curves = #"""
    'use strict';
    function short(value) {
      if (value === null || value === undefined || isNaN(value)) { return '–'; }
      return String(Number(Number(value).toPrecision(4)));
    }
    function Chart(figure, lines, describe, mark) {
      var self = this;
      this.lines = lines;
      this.rows = [];
      this.box = figure.querySelector('.live');
      this.words = figure.querySelector('.reading');
      this.place = -1;
      this.describe = describe || short;
      this.mark = mark || this.describe;
      if (typeof Dygraph === 'undefined') {
        this.canvas = document.createElement('canvas');
        this.canvas.className = 'plain';
        this.box.appendChild(this.canvas);
        new ResizeObserver(function () { self.draw(); }).observe(this.box);
      }
      this.box.addEventListener('keydown', function (event) { self.key(event); });
    }
    Chart.prototype.update = function (rows) {
      this.rows = rows;
      if (this.canvas) { this.draw(); } else { this.graphNow(); }
      if (document.activeElement === this.box && this.place >= 0) { this.show(this.place); }
    };
    Chart.prototype.setLines = function (lines) {
      this.lines = lines;
      if (this.graph) { this.graph.destroy(); this.graph = null; }
    };
    Chart.prototype.tell = function (row) {
      var self = this;
      var parts = this.lines.map(function (line, index) {
        var value = row[index + 1];
        return value === null || value === undefined || isNaN(value)
          ? null : line.name + ' ' + self.describe(value);
      }).filter(function (part) { return part !== null; });
      this.words.textContent = 'step ' + row[0] + ': ' + parts.join(', ');
    };
    Chart.prototype.show = function (place) {
      if (!this.rows.length) { return; }
      this.place = Math.max(0, Math.min(this.rows.length - 1, place));
      this.tell(this.rows[this.place]);
      if (this.graph) { this.graph.setSelection(this.place); } else { this.draw(); }
    };
    Chart.prototype.key = function (event) {
      var last = this.rows.length - 1;
      switch (event.key) {
      case 'ArrowRight': this.show(this.place + 1); break;
      case 'ArrowLeft': this.show(this.place < 0 ? last : this.place - 1); break;
      case 'Home': this.show(0); break;
      case 'End': this.show(last); break;
      case '+': case '=': this.zoom(0.5); break;
      case '-': this.zoom(2); break;
      case '0': case 'Escape': if (this.graph) { this.graph.resetZoom(); } break;
      default: return;
      }
      event.preventDefault();
    };
    Chart.prototype.zoom = function (factor) {
      if (!this.graph) { return; }
      var range = this.graph.xAxisRange();
      var middle = this.place < 0 ? range[1] : this.rows[this.place][0];
      var half = (range[1] - range[0]) / 2 * factor;
      this.graph.updateOptions({ dateWindow: [middle - half, middle + half] });
    };
    Chart.prototype.graphNow = function () {
      if (!this.rows.length) { return; }
      if (this.graph) { this.graph.updateOptions({ file: this.rows }); return; }
      var self = this;
      var series = {};
      this.lines.forEach(function (line) {
        series[line.name] = { color: line.colour, strokeWidth: line.width,
          strokePattern: line.dashed ? [6, 4] : null, drawPoints: !!line.dashed, pointSize: 3 };
      });
      this.graph = new Dygraph(this.box, this.rows, {
        labels: ['step'].concat(this.lines.map(function (line) { return line.name; })),
        series: series, legend: 'never', connectSeparatedPoints: true, highlightCircleSize: 4,
        xlabel: 'step', axisLabelFontSize: 12, xLabelHeight: 16, gridLineColor: '#e4e4e0',
        axisLineColor: '#a8a8a4', animatedZooms: false, xRangePad: 4, yRangePad: 8,
        axes: { x: { pixelsPerLabel: 50, axisLabelFormatter: short },
          y: { axisLabelWidth: 54, axisLabelFormatter: function (value) { return self.mark(value); } } },
        highlightCallback: function (event, x, points, row) {
          if (self.rows[row]) { self.tell(self.rows[row]); }
        }
      });
    };
    Chart.prototype.draw = function () {
      var canvas = this.canvas, rows = this.rows, self = this;
      var width = this.box.clientWidth || 300, height = 280, scale = window.devicePixelRatio || 1;
      canvas.width = width * scale;
      canvas.height = height * scale;
      var pen = canvas.getContext('2d');
      pen.scale(scale, scale);
      pen.font = '12px system-ui, sans-serif';
      var values = [];
      rows.forEach(function (row) {
        row.slice(1).forEach(function (value) {
          if (value !== null && isFinite(value)) { values.push(value); }
        });
      });
      if (!values.length) { return; }
      var low = values.reduce(function (a, b) { return Math.min(a, b); });
      var high = values.reduce(function (a, b) { return Math.max(a, b); });
      if (low === high) { low -= Math.abs(low) / 2 || 1; high += Math.abs(high) / 2 || 1; }
      var first = rows[0][0], last = Math.max(first + 1, rows[rows.length - 1][0]);
      var left = 60, bottom = height - 34, top = 10, right = width - 8;
      function x(step) { return left + (right - left) * (step - first) / (last - first); }
      function y(value) { return bottom - (bottom - top) * (value - low) / (high - low); }
      pen.fillStyle = '#22242a';
      for (var tick = 0; tick <= 4; tick += 1) {
        var value = low + (high - low) * tick / 4;
        pen.strokeStyle = '#e4e4e0';
        pen.beginPath(); pen.moveTo(left, y(value)); pen.lineTo(right, y(value)); pen.stroke();
        pen.textAlign = 'right';
        pen.fillText(self.mark(value), left - 6, y(value) + 4);
        var step = Math.round(first + (last - first) * tick / 4);
        pen.textAlign = tick === 4 ? 'right' : tick === 0 ? 'left' : 'center';
        pen.fillText(String(step), x(step), bottom + 16);
      }
      pen.textAlign = 'center';
      pen.fillText('step', (left + right) / 2, height - 4);
      this.lines.forEach(function (line, index) {
        pen.strokeStyle = line.colour;
        pen.lineWidth = line.width;
        pen.setLineDash(line.dashed ? [6, 4] : []);
        pen.beginPath();
        var isDown = false;
        rows.forEach(function (row) {
          var value = row[index + 1];
          if (value === null || value === undefined || !isFinite(value)) { return; }
          if (isDown) { pen.lineTo(x(row[0]), y(value)); } else { pen.moveTo(x(row[0]), y(value)); }
          isDown = true;
        });
        pen.stroke();
        // A line of a single point is a dot.
        var only = rows.length === 1 ? rows[0][index + 1] : null;
        if (only === null || only === undefined || !isFinite(only)) { return; }
        pen.fillStyle = line.colour;
        pen.beginPath(); pen.arc(x(rows[0][0]), y(only), 3, 0, 2 * Math.PI); pen.fill();
      });
      pen.setLineDash([]);
      if (this.place >= 0 && rows[this.place]) {
        pen.strokeStyle = '#76767a';
        pen.lineWidth = 1;
        pen.beginPath();
        pen.moveTo(x(rows[this.place][0]), top); pen.lineTo(x(rows[this.place][0]), bottom);
        pen.stroke();
      }
    };
    """#

  /// What cuts a grid of tiles apart, and the parts of lists that are kept from one answer to the
  /// next, so that nothing flickers.
  static let tiles = #"""
    function eachTile(answer, draw) {
      var picture = new Image();
      picture.onload = function () {
        for (var index = 0; index < answer.count; index += 1) {
          draw(index, function (canvas, at) {
            canvas.width = answer.tileWidth;
            canvas.height = answer.tileHeight;
            canvas.getContext('2d').drawImage(picture,
              at % answer.columns * answer.tileWidth,
              Math.floor(at / answer.columns) * answer.tileHeight,
              answer.tileWidth, answer.tileHeight, 0, 0, answer.tileWidth, answer.tileHeight);
          });
        }
      };
      picture.src = answer.image;
    }
    function entries(list, count, make) {
      while (list.children.length > count) { list.lastChild.remove(); }
      while (list.children.length < count) { list.appendChild(make()); }
      return Array.from(list.children);
    }
    function tile() {
      var item = document.createElement('li');
      item.appendChild(document.createElement('canvas'));
      item.appendChild(document.createElement('div'));
      item.firstChild.setAttribute('role', 'img');
      return item;
    }
    function showTiles(list, answer, words, isDead) {
      var items = entries(list, answer.count, tile);
      eachTile(answer, function (index, cut) {
        var item = items[index];
        cut(item.firstChild, index);
        item.firstChild.setAttribute('aria-label', words(index));
        item.lastChild.textContent = words(index);
        item.firstChild.classList.toggle('dead', !!isDead && isDead(index));
      });
    }
    function showBars(list, bars) {
      var items = entries(list, bars.length, function () {
        var item = document.createElement('li');
        item.appendChild(document.createElement('i'));
        item.appendChild(document.createElement('span'));
        item.appendChild(document.createElement('span'));
        return item;
      });
      bars.forEach(function (bar, index) {
        var item = items[index];
        var isShare = bar[1] !== null && bar[1] >= 0 && bar[1] <= 1;
        item.classList.toggle('right', !!bar[2]);
        item.children[0].style.width = isShare ? (100 * bar[1]).toFixed(1) + '%' : '0';
        item.children[1].textContent = bar[0] + (bar[2] ? ' ✓' : '');
        item.children[2].textContent = isShare ? (100 * bar[1]).toFixed(1) + ' %' : short(bar[1]);
      });
    }
    """#
}
