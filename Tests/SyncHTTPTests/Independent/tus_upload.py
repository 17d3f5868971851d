"""Uploads a file with PyPI's tuspy, each request signed and each answer checked with PyPI's http-message-signatures.

Interrupted again and again: tuspy stops after the piece that reaches each cut, a piece is then torn in the middle on a bare
connection, and a new tuspy uploader goes on from where the hub says. Reads a JSON job from standard input, writes a report.
"""

import base64
import hashlib
import json
import secrets
import socket
import sys
from datetime import datetime, timezone
from urllib.parse import urlparse

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from tusclient import client as tus

JOB = json.load(sys.stdin)
CARRIED = [
    "content-type", "range", "if-range", "upload-length", "upload-offset", "upload-metadata", "upload-checksum",
]
ANSWERED = ["content-digest", "repr-digest", "content-range", "location", "upload-offset", "upload-length"]
REQUESTS = 0


class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id):
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_id))

    def resolve_private_key(self, key_id):
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(JOB["seed"]))


def sign(prepared):
    body = prepared.body or b""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    prepared.headers["content-digest"] = f"sha-256=:{digest}:"
    prepared.headers["unitsync-hub"] = f'"{JOB["hubDevice"]}";run="{JOB["run"]}"'
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    signer.sign(
        prepared,
        key_id=JOB["keyID"],
        created=datetime.fromtimestamp(JOB["created"], timezone.utc),
        nonce=secrets.token_hex(16),
        tag="unitsync-request-1",
        label="device",
        covered_component_ids=["@method", "@path", "content-digest", "unitsync-hub"]
        + [name for name in CARRIED if name in prepared.headers],
        use_existing_digest=True,
    )


def check(response):
    components = ["@status", "content-type", "unitsync-run"]
    components += [name for name in ANSWERED if name in response.headers]
    components.append('"signature";req;key="device"')
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    verifier.verify(
        response, max_age=None, expect_tag="unitsync-answer-1", require_components=components, body=response.content
    )


send = requests.Session.send


def signed_send(self, prepared, **options):
    global REQUESTS
    REQUESTS += 1
    sign(prepared)
    response = send(self, prepared, **options)
    check(response)
    return response


requests.Session.send = signed_send


def tear(url, offset):
    """Half a piece, and then nothing: the hub must not count a byte of it."""
    with open(JOB["file"], "rb") as file:
        file.seek(offset)
        piece = file.read(JOB["chunk"])
    if not piece:
        return
    headers = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream",
    }
    prepared = requests.Request("PATCH", url, headers=headers, data=piece).prepare()
    sign(prepared)
    address = urlparse(url)
    lines = [f"PATCH {address.path} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in prepared.headers.items()]
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + piece[: len(piece) // 2])


client = tus.TusClient(JOB["url"] + "/v1/files")
metadata = {"hash": JOB["hash"], "filename": "会议记录.pdf"}
uploader = client.uploader(JOB["file"], chunk_size=JOB["chunk"], metadata=metadata, upload_checksum=True)
offsets = []
for cut in JOB["cuts"]:
    uploader.upload(stop_at=cut)
    location, offset = uploader.url, uploader.offset
    tear(location, offset)
    # A program that knows nothing but the address: it asks the hub how far the file is.
    uploader = client.uploader(JOB["file"], url=location, chunk_size=JOB["chunk"], upload_checksum=True)
    if uploader.offset != offset:
        raise SystemExit(f"went on from {uploader.offset}, not from {offset}")
    offsets.append(uploader.offset)
uploader.upload()
offsets.append(uploader.offset)
json.dump({"offsets": offsets, "requests": REQUESTS, "location": location}, sys.stdout)
