"""Signs and verifies with PyPI's http-message-signatures: an implementation of RFC 9421 that shares nothing with ours.

Reads a JSON list of jobs from standard input, writes the list of their results. Bodies are base64, keys hexadecimal.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from datetime import datetime, timezone


class Keys(HTTPSignatureKeyResolver):
    """A key id is the public key itself; `seed` is only there for signing."""

    def __init__(self, seed=None):
        self.seed = seed

    def resolve_public_key(self, key_id):
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_id))

    def resolve_private_key(self, key_id):
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.seed))


class Message:
    pass


def request(job):
    message = Message()
    message.method = job["method"]
    message.url = "http://hub.invalid" + job["path"]
    message.headers = dict(job["requestHeaders"])
    return message


def answer(job):
    message = Message()
    message.status_code = job["status"]
    message.headers = dict(job["answerHeaders"])
    message.request = request(job)
    return message


def sign(job):
    message = request(job)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys(job["seed"]))
    signer.sign(
        message,
        key_id=job["keyID"],
        created=datetime.fromtimestamp(job["created"], timezone.utc),
        nonce=job["nonce"],
        tag=job["tag"],
        label=job["label"],
        covered_component_ids=job["components"],
        use_existing_digest=True,
    )
    return {"headers": dict(message.headers)}


def verify(message, job, body):
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    results = verifier.verify(
        message,
        max_age=None,
        expect_tag=job["tag"],
        require_components=job["components"],
        body=base64.b64decode(body),
    )
    return {"keyID": results[0].parameters["keyid"], "count": len(results)}


ACTIONS = {
    "sign": sign,
    "verifyRequest": lambda job: verify(request(job), job, job["requestBody"]),
    "verifyAnswer": lambda job: verify(answer(job), job, job["answerBody"]),
}


def run(job):
    try:
        return {"ok": True, **ACTIONS[job["action"]](job)}
    except Exception as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
