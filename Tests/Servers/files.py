"""An HTTP server for tests, with faults.

    python3 Tests/Servers/files.py FOLDER PORT_FILE LOG

serves the files of FOLDER on a free port of this machine, which it writes to PORT_FILE, until its
standard input is closed. The first part of a path says how:

    good       as they are, from the middle on where that is asked for
    cut        at most 40,000 bytes of what is asked for, then the connection ends
    whole      always from the beginning, the first time only a half of it
    wrong      with the first byte changed
    long       with ten bytes more
    short      with ten bytes less, without saying so
    redirect   by way of another address
    loop       by way of ever the same address
    stall      a half, then nothing more
    missing    not at all

What is asked for as a proxy is asked, with a whole address, counts as a path of that. LOG gets a
line for each request: the path and, where one is asked for, the range.
"""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

folder, port_file, log = sys.argv[1:]
served = set()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = self.headers.get("Range", "")
        address = urlsplit(self.path)
        by_proxy = "proxy " if address.netloc else ""
        with open(log, "a") as file:
            file.write(f"{by_proxy}{address.path} {asked}".strip() + "\n")
        way, _, name = address.path.lstrip("/").partition("/")
        if way == "redirect":
            return self.redirect("/good/" + name)
        if way == "loop":
            return self.redirect("/loop/" + name)
        path = Path(folder) / name
        if way == "missing" or not path.is_file():
            return self.send_error(404)
        content = path.read_bytes()
        start = 0
        if asked and way != "whole":
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                return self.send_error(416)
        if way == "wrong":
            content = bytes([content[0] ^ 1]) + content[1:]
        if way == "long":
            content += bytes(10)
        if way == "short":
            content = content[:-10]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            end = f"{start}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", "bytes " + end)
        self.end_headers()
        part = content[start:]
        if way == "cut":
            part = part[:40_000]
        if way == "stall" or (way == "whole" and name not in served):
            part = part[: len(part) // 2]
        served.add(name)
        self.wfile.write(part)
        self.wfile.flush()
        if way == "stall":
            time.sleep(30)
        return None

    def redirect(self, path):
        self.send_response(302)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
beside = port_file + ".new"
Path(beside).write_text(str(server.server_address[1]))
os.replace(beside, port_file)
sys.stdin.read()
