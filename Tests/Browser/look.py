"""Opens a page in a headless Chromium and tells as JSON what happened.

    python3 Tests/Browser/look.py PAGE.HTML [WIDTHxHEIGHT [SCREENSHOT.PNG]]

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
from pathlib import Path

# A browser that hangs ends the script.
SECONDS = 120


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
  var reachable = Array.from(document.querySelectorAll('a[href], summary, [tabindex="0"]'));
  var wanted = Array.from(document.querySelectorAll('a, button, summary, .live'));
  return {
    wide: document.documentElement.scrollWidth > window.innerWidth,
    canvases: document.querySelectorAll('.live canvas').length / 2,
    tabs: reachable.length,
    unfocused: wanted.filter(function (element) { return reachable.indexOf(element) < 0; }).length
  };
})()
"""


def look(path, size, screenshot):
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        sys.exit("there is no chromium; Debian's package has that name")
    page = Path(path).resolve().as_uri()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            targets = browser.call("Target.getTargets")["targetInfos"]
            target = next(each for each in targets if each["type"] == "page")["targetId"]
            answer = browser.call("Target.attachToTarget", targetId=target, flatten=True)
            session = answer["sessionId"]

            def call(method, **parameters):
                return browser.call(method, session, **parameters)

            def value(expression):
                answer = call("Runtime.evaluate", expression=expression, returnByValue=True)
                return answer["result"].get("value")

            def press(key, text=None):
                for kind in ("keyDown", "keyUp"):
                    more = {"text": text} if text and kind == "keyDown" else {}
                    call("Input.dispatchKeyEvent", type=kind, key=key, **more)

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
            result = value(LOOK)
            if result["canvases"]:
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
            if address.partition("#")[0] != page and not address.startswith("data:"):
                requests.append(address)
    return errors, requests


if __name__ == "__main__":
    signal.alarm(SECONDS)
    arguments = sys.argv[1:] + ["1280x900", ""][max(0, len(sys.argv) - 2) :]
    print(json.dumps(look(*arguments), indent=1))
