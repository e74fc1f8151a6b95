"""A mail server that keeps each letter in a file of its own before it says that it took it.

Recipients that begin with "refused" do not exist, those that begin with "later" are busy.
"""

import argparse
import asyncio
import itertools
import json
import os
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.number = itertools.count()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 nobody of this name"
        if address.startswith("later"):
            return "451 4.2.1 the mailbox is busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode("utf-8"),
            "tls": session.ssl is not None,
            "user": getattr(session.auth_data, "login", b"").decode(),
        }
        name = f"{os.getpid()}-{next(self.number)}.json"
        beside = self.folder / (name + ".new")
        beside.write_text(json.dumps(kept))
        beside.rename(self.folder / name)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"portcullis", b"a mail password")
    return AuthResult(success=good, handled=False, auth_data=data)


async def serve():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("port", type=int)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--sign-in", action="store_true")
    asked = parser.parse_args()
    context = None
    if asked.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(asked.certificate, asked.key)
    keeper = Keeper(asked.folder)

    def connection():
        return SMTP(
            keeper,
            hostname="localhost",
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticate,
            auth_required=asked.sign_in,
            auth_require_tls=True,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", asked.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
