"""A small server that has one model, as the hub of models serves its files (its public HTTP interface)."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0" * 40


class HubServer:
    """Serves a folder as the model `name`, until closed; counts the bytes that were sent."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.sent = name, folder, 0
        self.break_after: int | None = None
        """After so many bytes of the next file the connection breaks, once."""
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def about(self) -> Any:
        files = [{"rfilename": path.name} for path in sorted(self.folder.iterdir())]
        return {"id": self.name, "modelId": self.name, "sha": COMMIT, "siblings": files, "private": False,
                "downloads": 0, "likes": 0, "tags": []}  # fmt: skip

    def tree(self) -> Any:
        return [
            {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": "0" * 40}
            for path in sorted(self.folder.iterdir())
        ]


def handler_of(server: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.respond(body=False)

        def do_GET(self) -> None:
            self.respond(body=True)

        def respond(self, *, body: bool) -> None:
            place = self.path.split("?")[0]
            if place.startswith(f"/api/models/{server.name}"):
                said = server.tree() if "/tree/" in place else server.about()
                self.send(200, json.dumps(said).encode(), {"Content-Type": "application/json"}, body=body)
                return
            path = server.folder / place.rpartition("/")[2]
            if not place.startswith(f"/{server.name}/resolve/") or not path.is_file():
                self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)
                return
            data = path.read_bytes()
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT}
            wanted = self.headers.get("Range")
            if wanted and body:
                begin = int(wanted.removeprefix("bytes=").split("-")[0])
                headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
                self.send(206, data[begin:], headers, body=body)
            else:
                self.send(200, data, headers, body=body)

        def send(self, status: int, data: bytes, headers: dict[str, str], *, body: bool) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                if server.break_after is not None and len(data) > server.break_after:
                    self.wfile.write(data[: server.break_after])
                    server.sent += server.break_after
                    server.break_after = None
                    self.close_connection = True
                    return
                self.wfile.write(data)
                server.sent += len(data)

    return Handler
