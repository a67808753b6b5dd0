/// The script of the page that answers to pictures.
enum ServeScript {
  static let source = #"""
    'use strict';
    function short(value) {
      return value === null || isNaN(value) ? '–' : String(Number(Number(value).toPrecision(4)));
    }
    (function () {
      var token = new URLSearchParams(location.search).get('token') || '';
      function byId(id) { return document.getElementById(id); }
      var pad = byId('pad'), pen = pad.getContext('2d');
      var isLight = false, isDown = false, last = null, timer = null, asked = 0, hasDrawn = false;
      var brush = { x: pad.width / 2, y: pad.height / 2, isDown: false };
      function ink() {
        var colour = byId('colour');
        return colour ? colour.value : isLight ? '#000000' : '#ffffff';
      }
      function clear() {
        pen.fillStyle = isLight ? '#ffffff' : '#000000';
        pen.fillRect(0, 0, pad.width, pad.height);
        hasDrawn = false;
      }
      function line(from, to) {
        pen.strokeStyle = ink();
        pen.lineWidth = Number(byId('brush').value) * pad.width / 84;
        pen.lineCap = 'round';
        pen.lineJoin = 'round';
        pen.beginPath();
        pen.moveTo(from.x, from.y);
        pen.lineTo(to.x, to.y + 0.01);
        pen.stroke();
        hasDrawn = true;
      }
      function place(event) {
        var box = pad.getBoundingClientRect();
        return { x: (event.clientX - box.left) * pad.width / box.width,
          y: (event.clientY - box.top) * pad.height / box.height };
      }
      pad.addEventListener('pointerdown', function (event) {
        pad.setPointerCapture(event.pointerId);
        isDown = true;
        last = place(event);
        line(last, last);
      });
      pad.addEventListener('pointermove', function (event) {
        if (!isDown) { return; }
        var next = place(event);
        line(last, next);
        last = next;
        soon();
      });
      ['pointerup', 'pointercancel'].forEach(function (name) {
        pad.addEventListener(name, function () {
          if (isDown) { isDown = false; soon(); }
        });
      });
      pad.addEventListener('keydown', function (event) {
        var step = event.shiftKey ? 24 : 8, next = { x: brush.x, y: brush.y };
        switch (event.key) {
        case 'ArrowLeft': next.x -= step; break;
        case 'ArrowRight': next.x += step; break;
        case 'ArrowUp': next.y -= step; break;
        case 'ArrowDown': next.y += step; break;
        case ' ':
          brush.isDown = !brush.isDown;
          say(brush.isDown ? 'The brush is down.' : 'The brush is lifted.');
          if (brush.isDown) { line(brush, brush); soon(); }
          event.preventDefault();
          return;
        case 'Delete': case 'Backspace': clear(); event.preventDefault(); return;
        default: return;
        }
        next.x = Math.max(0, Math.min(pad.width, next.x));
        next.y = Math.max(0, Math.min(pad.height, next.y));
        if (brush.isDown) { line(brush, next); soon(); }
        brush.x = next.x;
        brush.y = next.y;
        event.preventDefault();
      });
      byId('clear').addEventListener('click', function () {
        clear();
        byId('seen').hidden = true;
        byId('bars').textContent = '';
        byId('which').textContent = '';
        say('');
      });
      byId('paper').addEventListener('click', function () {
        isLight = !isLight;
        byId('paper').setAttribute('aria-pressed', String(isLight));
        clear();
      });
      function say(text, isBad) {
        byId('words').textContent = text;
        byId('words').classList.toggle('bad', !!isBad);
      }

      // Files.
      byId('file').addEventListener('change', function () {
        if (byId('file').files[0]) { give(byId('file').files[0]); }
      });
      function give(file) {
        say('Looking at ' + (file.name || 'the picture') + ' …');
        send(file);
      }
      ['dragover', 'dragleave', 'drop'].forEach(function (name) {
        document.addEventListener(name, function (event) {
          event.preventDefault();
          pad.classList.toggle('over', name === 'dragover');
          var file = name === 'drop' && event.dataTransfer.files[0];
          if (file) { give(file); }
        });
      });
      document.addEventListener('paste', function (event) {
        var file = event.clipboardData && event.clipboardData.files[0];
        if (file) { give(file); }
      });

      // Answers.
      function soon() {
        clearTimeout(timer);
        timer = setTimeout(function () {
          if (hasDrawn) { pad.toBlob(send, 'image/png'); }
        }, 150);
      }
      function send(blob) {
        asked += 1;
        var number = asked;
        fetch('answer', { method: 'POST', headers: { 'Tandem-Token': token }, body: blob })
          .then(function (answer) {
            return answer.text().then(function (text) {
              if (number !== asked) { return; }
              if (answer.ok) { say(''); show(JSON.parse(text)); } else { say(text, true); }
            });
          }).catch(function () { say('No answer: the network is out of reach, or the file too large.', true); });
      }
      function show(answer) {
        showBars(byId('bars'), answer.classes.map(function (each, at) {
          return [each.name, each.probability === null ? each.value : each.probability, at === 0];
        }));
        Array.from(byId('bars').children).forEach(function (item, at) {
          item.children[1].textContent = answer.classes[at].name;
        });
        byId('seen').hidden = false;
        byId('as-seen').src = answer.picture;
        var buttons = entries(byId('which'), answer.classes.length, function () {
          var button = document.createElement('button');
          button.type = 'button';
          return button;
        });
        function choose(at) {
          var chosen = answer.classes[at];
          byId('evidence').src = chosen.evidence || answer.picture;
          byId('evidence').alt = 'What speaks for ' + chosen.name;
          byId('evidence-words').textContent = chosen.evidence
            ? 'Grad-CAM: light where the picture speaks for ' + chosen.name
            : 'Nothing in the picture speaks for ' + chosen.name;
          buttons.forEach(function (button, index) {
            button.setAttribute('aria-pressed', String(index === at));
          });
        }
        buttons.forEach(function (button, at) {
          button.textContent = answer.classes[at].name;
          button.onclick = function () { choose(at); };
        });
        choose(0);
      }
      clear();
    })();
    """#
}
