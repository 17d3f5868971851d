"""§11 HTTP: requests that this device signs, answers that the hub's device signs (RFC 9421, by http-message-signatures)."""

import hashlib
import http.client
import json
import secrets
import ssl
import time
import urllib.parse
from base64 import b64encode
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

from . import Refused
from .names import device_id

EXCHANGE = "application/vnd.unitsync.exchange"
LABEL = "independent"
REQUEST = ["@method", "@path", "content-type", "content-digest", "unitsync-hub"]
ANSWER = ["@status", "content-type", "content-digest", "unitsync-run"]
LIMIT = 4 << 20


class Problem(Exception):
    """What a hub refused, with its stable code."""

    def __init__(self, status, body):
        self.code = json.loads(body).get("code")
        super().__init__(f"{status} {self.code}")


class Keys(HTTPSignatureKeyResolver):
    """A key id is the public key itself."""

    def __init__(self, private=None):
        self.private = private

    def resolve_public_key(self, key_id):
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_id))

    def resolve_private_key(self, key_id):
        return self.private


class Message:
    pass


class Hub:
    """One hub as far as it is known: its key, run and clock. `record` is kept by the caller."""

    def __init__(self, address, key, record, pin=b""):
        self.url = urllib.parse.urlsplit(address)
        self.key = key
        self.record = record
        self.pin = pin
        self.sent = self.received = 0

    @property
    def device(self):
        return device_id(bytes.fromhex(self.record["key"]))

    @property
    def now(self):
        return int(time.time()) + self.record["skew"]

    def meet(self, school):
        """Asks who it is: what it answers is signed for the nonce that was asked with."""
        if "key" in self.record:
            return
        nonce = secrets.token_hex(16)
        request = self._message("GET", "/v1/info", {"unitsync-nonce": nonce})
        status, headers, body = self._send(request, b"")
        self._believe(request, status, headers, body, '"unitsync-nonce";req', any_key=True)
        if status != 200:
            raise Problem(status, body)
        info = json.loads(body)
        if info["school"] != school.hex():
            raise Refused("a hub of another school")

    def post(self, path, content_type, body):
        """One signed request, signed anew once where the hub's run or clock turned out to be another."""
        for attempt in range(2):
            request = self._signed(path, content_type, body)
            status, headers, answer = self._send(request, body)
            self._believe(request, status, headers, answer, f'"signature";req;key="{LABEL}"')
            if status == 200:
                if headers["content-type"] != content_type:
                    raise Refused("an answer of another type")
                return answer
            problem = Problem(status, answer)
            if problem.code != "signAnew" or attempt:
                raise problem

    def _signed(self, path, content_type, body):
        digest = b64encode(hashlib.sha256(body).digest()).decode()
        request = self._message(
            "POST",
            path,
            {
                "content-type": content_type,
                "content-digest": f"sha-256=:{digest}:",
                "unitsync-hub": f'"{self.device.hex()}";run="{self.record["run"]}"',
            },
        )
        HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys(self.key)).sign(
            request,
            key_id=self.key.public_key().public_bytes_raw().hex(),
            created=datetime.fromtimestamp(self.now, timezone.utc),
            nonce=secrets.token_hex(16),
            tag="unitsync-request-1",
            label=LABEL,
            covered_component_ids=REQUEST,
            use_existing_digest=True,
        )
        request.headers = {name.lower(): value for name, value in request.headers.items()}
        return request

    def _believe(self, request, status, headers, body, bound, any_key=False):
        """What is not signed for this request by the key known here is not believed, whatever its status."""
        answer = Message()
        answer.status_code, answer.headers, answer.request = status, headers, request
        verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
        found = verifier.verify(
            answer, max_age=None, expect_tag="unitsync-answer-1", require_components=ANSWER + [bound], body=body
        )
        parameters = found[0].parameters
        if any_key:
            self.record["key"] = parameters["keyid"]
        elif parameters["keyid"] != self.record["key"]:
            raise Refused("another hub answers")
        created = parameters["created"]
        seconds = int(created.timestamp()) if isinstance(created, datetime) else int(created)
        self.record["skew"] = seconds - int(time.time())
        self.record["run"] = headers["unitsync-run"].strip('"')

    def _message(self, method, path, headers):
        message = Message()
        message.method, message.url, message.headers = method, self.url.geturl().rstrip("/") + path, dict(headers)
        return message

    def _send(self, request, body):
        connection = self._connect()
        try:
            path = urllib.parse.urlsplit(request.url).path
            connection.request(request.method, path, body or None, request.headers)
            reply = connection.getresponse()
            answer = reply.read(LIMIT + 1)
            if len(answer) > LIMIT:
                raise Refused("an answer over the frame's limit")
            self.sent += len(body)
            self.received += len(answer)
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, answer
        finally:
            connection.close()

    def _connect(self):
        if self.url.scheme == "http":
            return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        context = ssl.create_default_context()
        if self.pin:
            # With a pin nothing else about the certificate counts; it is compared before anything is sent.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=60, context=context)
        connection.connect()
        if self.pin:
            certificate = x509.load_der_x509_certificate(connection.sock.getpeercert(binary_form=True))
            key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            if hashlib.sha256(key).digest() != self.pin:
                raise Refused("another certificate than the invitation pins")
        return connection
