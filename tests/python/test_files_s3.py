"""s3:// through Arrow's client, against a server of our own that knows as much of S3 as reading and writing takes."""

from __future__ import annotations

import http.server
import re
import threading
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlparse

import laminardb
import pytest

CSV = b"k,v\n" + b"".join(b"%d,x\n" % i for i in range(1000))


class Store(http.server.BaseHTTPRequestHandler):
    """One bucket in memory, without signatures."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}
    uploads: ClassVar[dict[str, dict[int, bytes]]] = {}

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def key(self):
        return unquote(urlparse(self.path).path).lstrip("/")

    def do_HEAD(self):
        if self.key() == "bucket":
            return self.answer(200)
        if self.key() not in self.objects:
            return self.answer(404)
        headers = {
            "Content-Length": str(len(self.objects[self.key()])),
            "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT",
        }
        return self.answer(200, headers=headers)

    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        if "list-type" in query:
            return self.list(query)
        body = self.objects.get(self.key())
        if body is None:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        asked = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not asked:
            return self.answer(200, body)
        first, last = int(asked[1]), min(int(asked[2]), len(body) - 1)
        return self.answer(206, body[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(body)}"})

    def list(self, query):
        prefix = query.get("prefix", [""])[0]
        names = sorted(key.removeprefix("bucket/") for key in self.objects)
        found = [name for name in names if name.startswith(prefix)]
        contents = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(self.objects['bucket/' + name])}</Size>"
            "<LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>"
            for name in found
        )
        body = (
            f"<ListBucketResult><Name>bucket</Name><KeyCount>{len(found)}</KeyCount>"
            f"<IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        )
        return self.answer(200, body.encode(), {"Content-Type": "application/xml"})

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return data
        plain, rest = b"", data
        while rest:
            head, rest = rest.split(b"\r\n", 1)
            size = int(head.split(b";")[0], 16)
            if size == 0:
                break
            plain, rest = plain + rest[:size], rest[size + 2 :]
        return plain

    def do_PUT(self):
        query = parse_qs(urlparse(self.path).query)
        data = self.body()
        if source := self.headers.get("x-amz-copy-source"):
            self.objects[self.key()] = self.objects[unquote(source).lstrip("/")]
            body = b'<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>'
            return self.answer(200, body, {"Content-Type": "application/xml"})
        if "partNumber" in query:
            self.uploads.setdefault(self.key(), {})[int(query["partNumber"][0])] = data
        else:
            self.objects[self.key()] = data
        return self.answer(200, headers={"ETag": '"x"'})

    def do_DELETE(self):
        self.objects.pop(self.key(), None)
        return self.answer(204)

    def do_POST(self):
        query = urlparse(self.path).query
        self.body()
        if "uploadId" not in query:
            body = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            return self.answer(200, body, {"Content-Type": "application/xml"})
        parts = self.uploads.pop(self.key(), {})
        self.objects[self.key()] = b"".join(parts[number] for number in sorted(parts))
        body = b'<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>'
        return self.answer(200, body, {"Content-Type": "application/xml"})


@pytest.fixture
def store():
    Store.objects = {"bucket/a/one.csv": CSV, "bucket/a/two.csv": CSV, "bucket/b/x.csv": b"q\n1\n"}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1%3A{server.server_port}"
    yield lambda key: f"s3://user:secret@bucket/{key}?endpoint_override={host}&scheme=http&region=eu-west-1"
    server.shutdown()


def test_objects_are_read_by_name_and_by_pattern(conn, store):
    assert conn.query(f"SELECT count(*) AS n, sum(k) AS s FROM '{store('a/one.csv')}'").fetchall() == [(1000, 499500)]
    assert conn.query(f"SELECT count(*) AS n FROM '{store('a/*.csv')}'").fetchall() == [(2000,)]
    with pytest.raises(laminardb.QueryError, match=r"s3://bucket/a/thre\.csv") as refused:
        conn.query(f"SELECT * FROM '{store('a/thre.csv')}'")
    assert "secret" not in str(refused.value).splitlines()[0]


@pytest.mark.parametrize("name", ["out.csv", "out.json.gz", "out.parquet"])
def test_objects_are_written(conn, store, name):
    conn.execute(f"COPY (SELECT k, v FROM '{store('a/one.csv')}' WHERE k < 10) TO '{store(name)}'")
    assert f"bucket/{name}" in Store.objects
    assert conn.query(f"SELECT sum(k) AS s FROM '{store(name)}'").fetchall() == [(45,)]


def test_a_sink_writes_objects_that_are_complete(store, tmp_path):
    for start in (0, 5):
        with laminardb.open(tmp_path / "db") as conn:
            if start == 0:
                conn.execute("CREATE SOURCE t (v INT)")
                conn.execute(
                    f"CREATE SINK out FROM t INTO FILE (path = '{store('out/')}', format = 'json', roll_rows = 2)"
                )
            for v in range(start, start + 5):
                conn.insert("t", {"v": v})
    objects = sorted(key for key in Store.objects if key.startswith("bucket/out/") and not key.endswith("/"))
    assert objects == [f"bucket/out/part-{number:05}.json" for number in range(len(objects))]
    with laminardb.open(":memory:") as conn:
        rows = conn.query(f"SELECT v FROM '{store('out/*.json')}' ORDER BY v").fetchall()
    assert rows == [(v,) for v in range(10)]


def test_a_source_is_fed_from_objects(conn, store):
    conn.execute(f"CREATE SOURCE s (k BIGINT, v VARCHAR) FROM FILE (path = '{store('a/*.csv')}')")
    conn.execute("CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n, sum(k) AS total FROM s")
    conn.start()
    while conn.query("SELECT status, last_error FROM laminar_catalog.sources").fetchall() != [("finished", None)]:
        pass
    assert conn.query("SELECT n, total FROM m").fetchall() == [(2000, 999000)]
