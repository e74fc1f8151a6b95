"""Google's own client of the Android Management API, against a Portcullis server.

    google.py create          makes a token, reads it, finds it in a paged list; prints it
    google.py check NAME      reads a token
    google.py devices NAME    prints the device that enrolled with the token NAME
    google.py gone NAME       reads a token in vain
    google.py delete NAME     deletes a token, and reads it in vain

PORTCULLIS_SERVER is the origin, PORTCULLIS_ROOT a file with its root certificate, PORTCULLIS_KEY an administrator's
key, PORTCULLIS_ORGANIZATION the enterprise. What it prints is one line of JSON; a broken promise ends it with 1.
"""

import json
import os
import sys

# Beside this file stands one that the packages must not take for theirs: `google` is a package's name.
sys.path = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]

import google.oauth2.credentials
import google_auth_httplib2
import httplib2
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

DATA = '{"orgUnit":"Müñchen 🏢","n":1}'


def client():
    http = httplib2.Http(ca_certs=os.environ["PORTCULLIS_ROOT"], timeout=60)
    credentials = google.oauth2.credentials.Credentials(token=os.environ["PORTCULLIS_KEY"])
    service = build(
        "androidmanagement",
        "v1",
        static_discovery=True,
        http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
        client_options={"api_endpoint": os.environ["PORTCULLIS_SERVER"]},
    )
    return service.enterprises()


def enterprise():
    return "enterprises/" + os.environ["PORTCULLIS_ORGANIZATION"]


def expect(holds, what):
    if not holds:
        sys.exit(f"{what} does not hold")


def refused(request, status, word):
    """The refusal of a request, which has Google's own form."""
    try:
        request.execute()
    except HttpError as error:
        body = json.loads(error.content)["error"]
        expect(error.status_code == status, f"{error.status_code} = {status}")
        expect(body["code"] == status and body["status"] == word, f"{body} tells {word}")
        return body, error
    sys.exit(f"it was allowed: {request.uri}")


def names_of_all(tokens, page_size):
    """The names on all pages, as the client itself turns them."""
    request, names = tokens.list(parent=enterprise(), pageSize=page_size), []
    while request is not None:
        page = request.execute()
        found = page.get("enrollmentTokens", [])
        expect(len(found) <= page_size, f"at most {page_size} on a page")
        names += [token["name"] for token in found]
        request = tokens.list_next(request, page)
    expect(len(names) == len(set(names)), "a name on one page only")
    return names


def create(tokens):
    body = {"duration": "3600.5s", "additionalData": DATA, "oneTimeOnly": True, "user": {"accountIdentifier": "x"}}
    made = tokens.create(parent=enterprise(), body=body).execute()
    expect(made["name"].startswith(enterprise() + "/enrollmentTokens/"), "the form of the name")
    expect(made["duration"] == "3600.500s", "the duration as it was asked for")
    expect(made["additionalData"] == DATA, "the data as they were given")
    expect(made["oneTimeOnly"] is True, "one time only")
    expect(made["expirationTimestamp"].endswith("Z"), "an end in UTC")
    expect(json.loads(made["qrCode"])["v"] == 1, "a QR code of version 1")

    other = tokens.create(parent=enterprise(), body={}).execute()
    expect(other["duration"] == "3600s", "one hour unless said otherwise")
    expect(other["value"] != made["value"], "a value of its own")
    expect({made["name"], other["name"]} <= set(names_of_all(tokens, 1)), "both in the list")
    listed = tokens.list(parent=enterprise()).execute()["enrollmentTokens"]
    partial = {"name", "expirationTimestamp", "allowPersonalUsage", "value", "qrCode"}
    expect(all(set(token) <= partial for token in listed), "the partial view")
    expect(tokens.delete(name=other["name"]).execute() == {}, "an empty answer to a deletion")

    short = tokens.create(parent=enterprise(), body={"duration": "3.5s"})
    body, error = refused(short, 400, "INVALID_ARGUMENT")
    fields = [violation["field"] for violation in body["details"][0]["fieldViolations"]]
    expect(fields == ["duration"] and "duration" in str(error), "the field that is at fault")
    return check(tokens, made["name"])


def check(tokens, name):
    token = tokens.get(name=name).execute()
    expect(token["name"] == name, "the name that was asked for")
    return {"name": name, "value": token["value"], "token": token}


def devices(enterprises, token):
    """The device that a token let in: on the list, and by itself."""
    collection = enterprises.devices()
    request, found = collection.list(parent=enterprise(), pageSize=1), []
    while request is not None:
        page = request.execute()
        found += [device for device in page.get("devices", []) if device.get("enrollmentTokenName") == token]
        request = collection.list_next(request, page)
    expect(len(found) == 1, "one device of the token")
    device = collection.get(name=found[0]["name"]).execute()
    expect(device["enrollmentTokenData"] == DATA, "the data of the token, on its device")
    return device


def gone(tokens, name):
    refused(tokens.get(name=name), 404, "NOT_FOUND")
    expect(name not in names_of_all(tokens, 100), "no trace in the list")
    return {"name": name}


def delete(tokens, name):
    expect(tokens.delete(name=name).execute() == {}, "an empty answer to a deletion")
    refused(tokens.delete(name=name), 404, "NOT_FOUND")
    return gone(tokens, name)


def main():
    verb, *names = sys.argv[1:]
    enterprises = client()
    tokens = enterprises.enrollmentTokens()
    verbs = {
        "create": lambda: create(tokens),
        "check": lambda name: check(tokens, name),
        "devices": lambda name: devices(enterprises, name),
        "gone": lambda name: gone(tokens, name),
        "delete": lambda name: delete(tokens, name),
    }
    print(json.dumps(verbs[verb](*names)))


if __name__ == "__main__":
    main()
