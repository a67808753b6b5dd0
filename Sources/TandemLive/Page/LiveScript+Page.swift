extension LiveScript {
  /// Asks the training for news, four times a second while somebody looks, and tells it what people
  /// want.
  static let page = #"""
    (function () {
      var token = new URLSearchParams(location.search).get('token') || '';
      var heads = { 'Tandem-Token': token };
      var seen = '', rows = [], epochs = [], run = null, versions = {}, failures = 0;
      var phase = '', inView = new Set(), kinds = ['predictions', 'batch', 'filters', 'activations'];
      var light = '#9ec5de', dark = '#0072b2', orange = '#d55e00';
      function byId(id) { return document.getElementById(id); }
      function percent(value) {
        return value === null || value === undefined ? '–' : (100 * value).toFixed(2) + ' %';
      }
      function whole(value) { return Math.round(value).toLocaleString('en'); }
      var smooth = { name: 'smoothed', colour: dark, width: 2.5 };
      var plain = { name: 'training', colour: light, width: 1 };
      var measured = { name: 'measured after the epoch', colour: orange, width: 2, dashed: true };
      var charts = {
        loss: new Chart(byId('chart-loss'), [plain, smooth, measured]),
        accuracy: new Chart(byId('chart-accuracy'), [plain, smooth, measured], percent,
          function (value) { return Number((100 * value).toPrecision(3)) + ' %'; }),
        rate: new Chart(byId('chart-rate'), [{ name: 'learning rate', colour: dark, width: 2 }]),
        speed: new Chart(byId('chart-speed'), [plain, smooth], whole)
      };
      function legend(list, lines) {
        list.textContent = '';
        lines.forEach(function (line) { explain(list, line); });
      }
      function explain(list, line) {
        var item = document.createElement('li');
        var space = 'http://www.w3.org/2000/svg';
        var drawing = document.createElementNS(space, 'svg');
        var stroke = document.createElementNS(space, 'line');
        var lengths = { x1: 0, y1: 5, x2: 36, y2: 5, stroke: line.colour, 'stroke-width': line.width };
        if (line.dashed) { lengths['stroke-dasharray'] = '6 4'; }
        Object.keys(lengths).forEach(function (name) { stroke.setAttribute(name, lengths[name]); });
        drawing.setAttribute('viewBox', '0 0 36 10');
        drawing.setAttribute('aria-hidden', 'true');
        drawing.appendChild(stroke);
        item.appendChild(drawing);
        item.appendChild(document.createTextNode(line.name));
        list.appendChild(item);
      }
      legend(byId('legend'), [plain, smooth, measured]);

      // The curves.
      function smoothed(column) {
        var mean = 0, weight = 0;
        return rows.map(function (row) {
          if (row[column] === null) { return null; }
          mean = 0.95 * mean + 0.05 * row[column];
          weight = 0.95 * weight + 0.05;
          return mean / weight;
        });
      }
      function lines(column, measure) {
        var second = smoothed(column), after = new Map();
        if (measure) { epochs.forEach(function (epoch) { after.set(epoch[1], epoch[measure]); }); }
        var result = rows.map(function (row, index) {
          var all = [row[0], row[column], second[index]];
          if (measure) { all.push(after.has(row[0]) ? after.get(row[0]) : null); after.delete(row[0]); }
          return all;
        });
        after.forEach(function (value, step) { result.push([step, null, null, value]); });
        return result.sort(function (left, right) { return left[0] - right[0]; });
      }
      function drawCurves() {
        if (rows.length) {
          charts.loss.update(lines(1, 4));
          charts.accuracy.update(lines(2, 5));
          charts.rate.update(rows.map(function (row) { return [row[0], row[3]]; }));
          charts.speed.update(lines(4, 0));
        } else if (epochs.length) {
          // Of a folder without steps there are the epochs.
          charts.loss.update(epochs.map(function (e) { return [e[1], e[2], null, e[4]]; }));
          charts.accuracy.update(epochs.map(function (e) { return [e[1], e[3], null, e[5]]; }));
          charts.rate.update(epochs.map(function (e) { return [e[1], e[7]]; }));
          charts.speed.update(epochs.map(function (e) { return [e[1], e[6], null]; }));
        }
      }

      // The curves of layers, whose lines come with the first numbers.
      var layerCharts = null, layerNames = '';
      function showLayers(answer) {
        layerCharts = layerCharts || answer.panels.map(function (panel, at) {
          return new Chart(byId('chart-layers-' + at), []);
        });
        var names = JSON.stringify(answer.panels[0].numbers.names);
        answer.panels.forEach(function (panel, at) {
          var figure = byId('chart-layers-' + at), numbers = panel.numbers;
          if (names !== layerNames) {
            var lines = numbers.names.map(function (name, line) {
              return { name: name, colour: numbers.colours[line], width: 2, dashed: numbers.dashed[line] };
            });
            layerCharts[at].setLines(lines);
            if (at === 0) { legend(byId('layers-legend'), lines); }
          }
          figure.querySelector('h3').textContent = panel.title + ': ' + panel.words;
          figure.querySelector('.live').setAttribute('aria-label',
            panel.title + ' over steps. Arrow keys go from point to point.');
          figure.hidden = !numbers.rows.length;
          layerCharts[at].update(numbers.rows);
        });
        layerNames = names;
      }
      function getLayers(news) {
        byId('layers').hidden = !news.layerCurves;
        if (!news.layerCurves || versions.layers === news.layerCurves || !inView.has('layers')) { return; }
        versions.layers = news.layerCurves;
        get('layers').then(showLayers).catch(function () { versions.layers = ''; });
      }

      // What is told in words.
      var phases = { starting: 'about to begin', training: 'training', evaluating: 'evaluating',
        paused: 'paused', finished: 'finished', failed: 'ended by an error', folder: 'a run\'s folder' };
      function tellRun(news) {
        if (!news.run || (run && run.network === news.run.network)) { return; }
        run = news.run;
        var title = run.network + (run.dataset ? ' on ' + run.dataset : '');
        byId('title').textContent = title;
        document.title = title + ' – Tandem live';
        byId('what').textContent = run.words || [
          whole(run.parameters) + ' parameters', whole(run.trainImages) + ' images',
          'batches of ' + run.batchSize, run.optimizer,
          run.workers + (run.workers === 1 ? ' worker' : ' workers') +
            (run.ranks > 1 ? ' of ' + run.ranks + ' ranks' : '')
        ].join(' · ');
      }
      function tellPlace(news) {
        phase = news.phase;
        byId('state').dataset.phase = phase;
        byId('state').classList.remove('lost');
        byId('state').textContent = (phases[phase] || phase) + (news.ending ? ': ' + news.ending : '');
        var last = news.last, point = rows[rows.length - 1], epoch = epochs[epochs.length - 1];
        if (last) {
          byId('place').textContent = 'step ' + whole(last.stepInEpoch) + ' of ' +
            whole(last.stepsPerEpoch) + ' in the epoch' +
            (news.checkpoint ? ', checkpoint at step ' + whole(news.checkpoint) : '');
          byId('card-epoch').textContent = last.epoch + ' / ' + last.epochs;
          byId('card-step').textContent = whole(last.step);
          byId('card-loss').textContent = short(last.loss);
          byId('card-accuracy').textContent = percent(last.top1);
          byId('card-rate').textContent = short(last.learningRate);
        } else if (epoch) {
          byId('card-epoch').textContent = epoch[0] + (news.epochsAsked ? ' / ' + news.epochsAsked : '');
          byId('card-step').textContent = whole(epoch[1]);
          byId('card-loss').textContent = short(epoch[2]);
          byId('card-accuracy').textContent = percent(epoch[3]);
          byId('card-rate').textContent = short(epoch[7]);
        }
        if (point) {
          var some = rows.slice(-8), sum = some.reduce(function (a, row) { return a + row[4]; }, 0);
          byId('card-speed').textContent = whole(sum / some.length);
        } else if (epoch) {
          byId('card-speed').textContent = whole(epoch[6]);
        }
      }
      function tellNotes(news) {
        var notes = byId('notes'), all = (news.warnings || []).concat(news.problems || []);
        notes.hidden = !all.length;
        if (notes.dataset.all !== all.join('\n')) {
          notes.dataset.all = all.join('\n');
          notes.textContent = '';
          all.forEach(function (text) {
            var line = document.createElement('p');
            line.textContent = text;
            notes.appendChild(line);
          });
        }
        var list = byId('change-list'), changes = (news.changes || []).slice().reverse();
        byId('no-changes').hidden = changes.length > 0;
        entries(list, changes.length, function () { return document.createElement('li'); })
          .forEach(function (item, index) { item.textContent = changes[index]; });
      }
      function tellControls(news) {
        if (!byId('pause')) { return; }
        var isOver = phase === 'finished' || phase === 'failed';
        document.querySelectorAll('#controls button, #controls input').forEach(function (each) {
          each.disabled = isOver;
        });
        byId('pause').textContent = phase === 'paused' ? 'Continue' : 'Pause';
        byId('pause').dataset.do = phase === 'paused' ? 'continue' : 'pause';
        byId('save').disabled = isOver || news.canSave === false;
        byId('momentum-box').hidden = news.rate.momentum === null;
        byId('momentum-words').textContent = 'Momentum: ' + short(news.rate.momentum);
        byId('rate-words').textContent = 'Learning rate: ' + news.rate.words;
      }

      // Pictures.
      var shows = {
        batch: function (answer) {
          byId('batch-words').textContent = 'The first ' + answer.count + ' images of step ' +
            answer.step + ', as the training sees them.';
          showTiles(byId('batch-list'), answer, function (at) { return answer.labels[at]; });
        },
        filters: function (answer) {
          byId('filters-words').textContent = answer.layer + ': ' + answer.count + ' of ' + answer.of +
            ' kernels' + (answer.step ? ' after step ' + answer.step : '') +
            '; 0 is grey, the largest value white or black.';
          showTiles(byId('filters-list'), answer, function (at) { return String(at); });
        },
        activations: function (answer) {
          byId('activations-words').textContent = answer.layer + ' for "' + answer.label + '" after step ' +
            answer.step + ': ' + answer.count + ' of ' + answer.of + ' channels, ' +
            answer.deadCount + ' of them nowhere above 0.';
          showTiles(byId('activations-list'), answer, function (at) { return String(at); },
            function (at) { return answer.dead.indexOf(at) >= 0; });
        },
        predictions: function (answer) {
          var right = answer.answers.filter(function (each) { return each.bars[0][2]; }).length;
          byId('predictions-words').textContent = 'After step ' + answer.step + ': ' + right + ' of ' +
            answer.count + ' right. ✓ marks the right class.';
          var items = entries(byId('predictions-list'), answer.count, function () {
            var item = document.createElement('li');
            item.className = 'card';
            item.appendChild(document.createElement('canvas'));
            item.firstChild.setAttribute('role', 'img');
            var side = item.appendChild(document.createElement('div'));
            side.appendChild(document.createElement('strong'));
            side.appendChild(document.createElement('ul')).className = 'bars';
            return item;
          });
          eachTile(answer, function (at, cut) { cut(items[at].firstChild, at); });
          answer.answers.forEach(function (each, at) {
            items[at].firstChild.setAttribute('aria-label', each.label);
            items[at].lastChild.firstChild.textContent = each.label;
            showBars(items[at].lastChild.lastChild, each.bars);
          });
          fill(byId('image'), answer.answers.map(function (each, at) {
            return [String(at), (at + 1) + ': ' + each.label];
          }));
        }
      };
      function fill(select, options) {
        var text = JSON.stringify(options);
        if (select.dataset.options === text) { return; }
        var chosen = select.value;
        select.dataset.options = text;
        select.textContent = '';
        options.forEach(function (option) {
          var item = document.createElement('option');
          item.value = option[0];
          item.textContent = option[1];
          select.appendChild(item);
        });
        if (options.some(function (option) { return option[0] === chosen; })) { select.value = chosen; }
      }
      var observer = new IntersectionObserver(function (changes) {
        changes.forEach(function (change) {
          if (change.isIntersecting) { inView.add(change.target.id); } else { inView.delete(change.target.id); }
        });
      }, { rootMargin: '200px' });
      kinds.concat(['layers']).forEach(function (kind) { observer.observe(byId(kind)); });
      ['layer', 'image'].forEach(function (id) {
        byId(id).addEventListener('change', function () { versions.activations = -1; });
      });
      function get(path) {
        return fetch(path, { headers: heads, cache: 'no-store' }).then(function (answer) {
          if (!answer.ok) { return answer.text().then(function (text) { throw new Error(text); }); }
          return answer.json();
        });
      }
      function getPictures(news) {
        (news.kinds || []).forEach(function (kind) { byId(kind).hidden = false; });
        if (news.layers) {
          fill(byId('layer'), news.layers.map(function (layer) { return [layer, layer]; }));
        }
        Object.keys(news.pictures || {}).forEach(function (kind) {
          if (versions[kind] === news.pictures[kind] || !inView.has(kind)) { return; }
          versions[kind] = news.pictures[kind];
          get('snapshot?kind=' + kind).then(function (answer) {
            if (answer.problem) {
              byId(kind + '-words').textContent = 'Not shown: ' + answer.problem + '.';
            } else {
              shows[kind](answer);
            }
          }).catch(function () { versions[kind] = -1; });
        });
      }

      // News.
      function take(news) {
        if (news.from === 0) { rows = news.points; } else { rows = rows.slice(0, news.from).concat(news.points); }
        if (news.fromEpoch === 0) { epochs = news.epochs; } else {
          epochs = epochs.slice(0, news.fromEpoch).concat(news.epochs);
        }
        var isNew = news.seen !== seen;
        seen = news.seen;
        tellRun(news);
        tellPlace(news);
        tellNotes(news);
        tellControls(news);
        if (isNew) { drawCurves(); }
        getPictures(news);
        getLayers(news);
      }
      var timer = null, isAsking = false;
      function askIn(milliseconds) {
        clearTimeout(timer);
        timer = setTimeout(ask, milliseconds);
      }
      function ask() {
        if (document.hidden || isAsking) { return; }
        isAsking = true;
        var wish = kinds.filter(function (kind) { return inView.has(kind); }).join(',');
        get('news?since=' + seen + '&want=' + wish + '&layer=' +
          encodeURIComponent(byId('layer').value) + '&image=' + byId('image').value
        ).then(function (news) {
          failures = 0;
          isAsking = false;
          take(news);
          askIn(phase === 'finished' || phase === 'failed' ? 5000 : 250);
        }).catch(function () {
          failures += 1;
          isAsking = false;
          var isOver = phase === 'finished' || phase === 'failed';
          if (!isOver) {
            byId('state').classList.add('lost');
            byId('state').textContent = 'nothing is heard of the training: it has ended, or is out of reach';
          }
          if (failures < 20) { askIn(Math.min(10000, 500 * failures)); }
        });
      }
      document.addEventListener('visibilitychange', function () {
        if (!document.hidden) { askIn(0); }
      });
      ask();

      // Controls.
      function say(text, isBad) {
        byId('answer').textContent = text;
        byId('answer').classList.toggle('bad', !!isBad);
      }
      function request(what, value) {
        var query = 'do=' + what + (value === undefined ? '' : '&value=' + encodeURIComponent(value));
        fetch('control?' + query, { method: 'POST', headers: heads }).then(function (answer) {
          return answer.text().then(function (text) {
            say(answer.ok ? JSON.parse(text).words : text, !answer.ok);
          });
        }).catch(function () { say('The training did not hear it.', true); });
      }
      function disarm() {
        var stop = byId('stop');
        stop.classList.remove('armed');
        stop.textContent = 'Stop';
      }
      if (byId('controls') && byId('pause')) {
        byId('controls').addEventListener('click', function (event) {
          var button = event.target.closest('button');
          if (!button || !button.dataset.do) { return; }
          var input = { 'rate-set': 'rate', 'momentum-set': 'momentum' }[button.id];
          if (button.id === 'stop' && !button.classList.contains('armed')) {
            button.classList.add('armed');
            button.textContent = 'Stop: press again';
            setTimeout(disarm, 5000);
            return;
          }
          request(button.dataset.do, input ? byId(input).value.trim() : button.dataset.value);
          disarm();
        });
        ['rate', 'momentum'].forEach(function (id) {
          byId(id).addEventListener('keydown', function (event) {
            if (event.key === 'Enter') { byId(id + '-set').click(); }
          });
        });
      }
    })();
    """#
}
