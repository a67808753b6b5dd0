"""Opens a page in a headless Chromium and tells as JSON what happened.

    python3 Tests/Browser/look.py PAGE [WIDTHxHEIGHT [SCREENSHOT.PNG [STEPS.JSON]]]

PAGE is a file or an address. STEPS.JSON is a list of what is done on the page, one after the other:

    {"value": "…"}             the value of an expression, told in `answers`
    {"wait": "…"}              until an expression is true; whether it became so is told
    {"press": "Tab"}           a key, with the text that it types in "text"
    {"type": "0.05"}           a text, into what has the focus
    {"click": "#id"}           the middle of an element
    {"drag": "#id", "to": [[x, y], …]}   a stroke over an element, in parts of its size

The browser is Debian's `chromium`, or the program that CHROMIUM names; it is spoken to through
pipes (the Chrome DevTools Protocol), so nothing but Python is needed. What is told:

    errors     what the console was told as an error or a warning, exceptions, and what the page's
               policy has stopped
    requests   addresses that were asked for, but the page itself and what is in it
    wide       whether the page is wider than the window
    canvases   how many curves a script has drawn
    reading    what the first curve's line says after the arrow keys were pressed on it
    zoomed     whether + and 0 have changed the range of that curve and given it back
    tabs       elements that the tab key can reach
    unfocused  links, buttons and curves that it cannot reach
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# A browser that hangs ends the script.
SECONDS = 180
# How long a step waits for something.
PATIENCE = 60


class Browser:
    def __init__(self, program, folder):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def connect():
            # Far away first: either may be 3 or 4 already.
            for number, end in ((23, to_browser), (24, from_browser)):
                os.dup2(end, number)
            os.dup2(23, 3)
            os.dup2(24, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
            + ["--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars"]
            + ["--disable-component-update", f"--user-data-dir={folder}"]
            + ["--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=connect,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.events = []

    def receive(self):
        while b"\0" not in self.rest:
            part = os.read(self.input, 1 << 16)
            if not part:
                sys.exit("the browser has ended")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    return
            self.events.append(self.receive())


LOOK = """
(function () {
  var shown = function (element) { return element.getClientRects().length > 0; };
  var reachable = Array.from(document.querySelectorAll(
    'a[href], summary, [tabindex="0"], button:not([tabindex]), select, input'));
  var wanted = Array.from(document.querySelectorAll(
    'a, button, summary, select, input, .live, .pad')).filter(shown);
  return {
    wide: document.documentElement.scrollWidth > window.innerWidth,
    canvases: document.querySelectorAll('.live canvas').length / 2,
    tabs: reachable.length,
    unfocused: wanted.filter(function (element) { return reachable.indexOf(element) < 0; }).length
  };
})()
"""


class Page:
    def __init__(self, call):
        self.call = call

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def press(self, key, text=None):
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            codes = {"Tab": 9, "Enter": 13, " ": 32}
            if key in codes:
                more["windowsVirtualKeyCode"] = codes[key]
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **more)

    def mouse(self, kind, x, y):
        buttons = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        if kind == "mouseMoved":
            buttons = {"buttons": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **buttons)

    def box(self, selector):
        element = f"document.querySelector({json.dumps(selector)})"
        self.value(f"{element}.scrollIntoView({{block: 'center', behavior: 'instant'}}); ''")
        # Phones take a moment to scroll.
        time.sleep(0.3)
        return self.value(
            f"(function (box) {{ return [box.left, box.top, box.width, box.height]; }})"
            f"({element}.getBoundingClientRect())"
        )

    def wait(self, expression):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.value(expression):
                return True
            time.sleep(0.1)
        return False

    def do(self, step):
        """Does a step; returns what it tells."""
        if "value" in step:
            return self.value(step["value"])
        if "wait" in step:
            return self.wait(step["wait"])
        if "press" in step:
            self.press(step["press"], step.get("text"))
        if "type" in step:
            self.call("Input.insertText", text=step["type"])
        if "click" in step:
            left, top, width, height = self.box(step["click"])
            for kind in ("mousePressed", "mouseReleased"):
                self.mouse(kind, left + width / 2, top + height / 2)
        if "drag" in step:
            left, top, width, height = self.box(step["drag"])
            places = [(left + x * width, top + y * height) for x, y in step["to"]]
            self.mouse("mousePressed", *places[0])
            for place in places[1:]:
                self.mouse("mouseMoved", *place)
            self.mouse("mouseReleased", *places[-1])
        return None


def look(path, size, screenshot, steps):
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        sys.exit("there is no chromium; Debian's package has that name")
    page = path if path.startswith("http://") else Path(path).resolve().as_uri()
    script = json.loads(Path(steps).read_text()) if steps else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            targets = browser.call("Target.getTargets")["targetInfos"]
            target = next(each for each in targets if each["type"] == "page")["targetId"]
            answer = browser.call("Target.attachToTarget", targetId=target, flatten=True)
            session = answer["sessionId"]

            def call(method, **parameters):
                return browser.call(method, session, **parameters)

            on_page = Page(call)
            value, press = on_page.value, on_page.press
            for domain in ("Runtime", "Log", "Network", "Page"):
                call(domain + ".enable")
            width, height = (int(side) for side in size.split("x"))
            call(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=height,
                deviceScaleFactor=1,
                mobile=width < 600,
            )
            call("Page.navigate", url=page)
            browser.wait("Page.loadEventFired")
            answers = [on_page.do(step) for step in script]
            result = value(LOOK)
            # A phone makes the window as wide as the page.
            result["wide"] = result["wide"] or value("window.innerWidth") > width
            plain = (bool, int, float, str)
            result["answers"] = [answer for answer in answers if isinstance(answer, plain)]
            if result["canvases"] and not script:
                ticks = "document.querySelector('.live').innerText"
                value("document.querySelector('.live').focus()")
                press("ArrowRight")
                press("ArrowRight")
                result["reading"] = value("document.querySelector('.reading').textContent")
                before = value(ticks)
                press("+", "+")
                zoomed = value(ticks)
                press("0", "0")
                result["zoomed"] = zoomed != before and value(ticks) == before
            if screenshot:
                whole = call("Page.getLayoutMetrics")["cssContentSize"]
                clip = {"x": 0, "y": 0, "width": width, "height": whole["height"], "scale": 1}
                picture = call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
                Path(screenshot).write_bytes(base64.b64decode(picture["data"]))
            result["errors"], result["requests"] = told(browser.events, page)
            return result
        finally:
            browser.process.kill()
            browser.process.wait()


def told(events, page):
    errors, requests = [], []
    for event in events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            errors.append(details.get("exception", {}).get("description") or details["text"])
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            errors.append(" ".join(str(each.get("value")) for each in parameters["args"]))
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            errors.append(parameters["entry"]["text"])
        if method == "Network.requestWillBeSent":
            address = parameters["request"]["url"]
            # What a page asks of its own server is no foreign address.
            own = page.startswith("http://") and address.startswith(page.partition("?")[0])
            if address.partition("#")[0] != page and not address.startswith("data:") and not own:
                requests.append(address)
    return errors, requests


if __name__ == "__main__":
    signal.alarm(SECONDS)
    arguments = sys.argv[1:] + ["1280x900", "", ""][max(0, len(sys.argv) - 2) :]
    print(json.dumps(look(*arguments), indent=1))
