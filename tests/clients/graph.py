"""Microsoft's own client of Graph (beta), against a Portcullis server.

    graph.py create           makes a profile, lists and changes it, makes its token; prints it
    graph.py check ID         reads a profile
    graph.py revoke ID        revokes a profile's token
    graph.py delete ID        deletes a profile, and reads it in vain
    graph.py identities       takes device identities over, finds, lists and deletes them

PORTCULLIS_SERVER is the origin, PORTCULLIS_ROOT a file with its root certificate, PORTCULLIS_KEY an administrator's
key. What it prints is one line of JSON; a broken promise ends it with 1.
"""

import asyncio
import datetime
import json
import os
import ssl
import sys
import time
import uuid
from urllib.parse import urlsplit

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph_beta import GraphServiceClient
from msgraph_beta.generated.device_management.android_for_work_enrollment_profiles.android_for_work_enrollment_profiles_request_builder import (
    AndroidForWorkEnrollmentProfilesRequestBuilder as Profiles,
)
from msgraph_beta.generated.device_management.android_for_work_enrollment_profiles.item.create_token.create_token_post_request_body import (
    CreateTokenPostRequestBody,
)
from msgraph_beta.generated.device_management.imported_device_identities.import_device_identity_list.import_device_identity_list_post_request_body import (
    ImportDeviceIdentityListPostRequestBody,
)
from msgraph_beta.generated.device_management.imported_device_identities.search_existing_identities.search_existing_identities_post_request_body import (
    SearchExistingIdentitiesPostRequestBody,
)
from msgraph_beta.generated.models.android_for_work_enrollment_profile import AndroidForWorkEnrollmentProfile
from msgraph_beta.generated.models.imported_device_identity import ImportedDeviceIdentity
from msgraph_beta.generated.models.imported_device_identity_type import ImportedDeviceIdentityType
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import APIVersion, GraphClientFactory

SERVER = os.environ["PORTCULLIS_SERVER"]


class Key:
    """A credential that has its token already."""

    def get_token(self, *scopes, **ignored):
        return AccessToken(os.environ["PORTCULLIS_KEY"], int(time.time()) + 3600)


def client():
    http = GraphClientFactory.create_with_default_middleware(
        api_version=APIVersion.beta,
        client=httpx.AsyncClient(
            verify=ssl.create_default_context(cafile=os.environ["PORTCULLIS_ROOT"]), http2=True, timeout=60
        ),
        options=options,
    )
    host = urlsplit(SERVER).netloc
    key = AzureIdentityAuthenticationProvider(Key(), scopes=["x"], allowed_hosts=[host, urlsplit(SERVER).hostname])
    adapter = GraphRequestAdapter(key, http)
    adapter.base_url = SERVER + "/beta"
    return GraphServiceClient(request_adapter=adapter).device_management


def expect(holds, what):
    if not holds:
        sys.exit(f"{what} does not hold")


async def refused(request, status, code):
    """The refusal of a request, which has Graph's own form."""
    try:
        await request
    except ODataError as error:
        expect(error.response_status_code == status, f"{error.response_status_code} = {status}")
        expect(error.error.code == code, f"{error.error.code} = {code}")
        inner = error.error.inner_error
        expect(inner and inner.request_id and inner.date, "an inner error with request and date")
        return
    sys.exit("it was allowed")


async def listed(profiles, **query):
    """All profiles that a query finds, by following the links of the server."""
    parameters = Profiles.AndroidForWorkEnrollmentProfilesRequestBuilderGetQueryParameters(**query)
    page = await profiles.get(request_configuration=RequestConfiguration(query_parameters=parameters))
    pages, found = [page], list(page.value)
    while page.odata_next_link:
        page = await profiles.with_url(page.odata_next_link).get()
        pages.append(page)
        found += page.value
    return pages, found


async def create(management):
    profiles = management.android_for_work_enrollment_profiles
    name = f"Kiosks & 'Lobbies' {uuid.uuid4()}"
    wish = AndroidForWorkEnrollmentProfile(display_name=name, description="Im Foyer")
    made = await profiles.post(wish)
    expect(uuid.UUID(made.id) and uuid.UUID(made.account_id), "identifiers that are GUIDs")
    expect(made.display_name == name and made.enrolled_device_count == 0, "a new profile")
    expect(made.odata_type == "#microsoft.graph.androidForWorkEnrollmentProfile", "its type")
    expect(made.created_date_time.tzinfo is not None, "a moment with its zone")
    await refused(profiles.post(wish), 409, "nameAlreadyExists")
    other = await profiles.post(AndroidForWorkEnrollmentProfile(display_name=name + " 2"))

    pages, found = await listed(profiles, top=1)
    expect(len(pages[0].value) == 1 and pages[0].odata_next_link, "a page of one, and the link to the next")
    expect({made.id, other.id} <= {profile.id for profile in found}, "both in the list")
    quoted = name.replace("'", "''")
    pages, found = await listed(profiles, filter=f"displayName eq '{quoted}'", count=True)
    expect([profile.id for profile in found] == [made.id] and pages[0].odata_count == 1, "the one of the name")
    pages, found = await listed(profiles, orderby=["displayName desc"], select=["id", "displayName"])
    expect(all(profile.display_name and not profile.account_id for profile in found), "what was selected")
    await profiles.by_android_for_work_enrollment_profile_id(other.id).delete()

    profile = profiles.by_android_for_work_enrollment_profile_id(made.id)
    changed = await profile.patch(AndroidForWorkEnrollmentProfile(description="In der Halle"))
    expect(changed.description == "In der Halle" and changed.display_name == name, "the change, and no other")
    validity = CreateTokenPostRequestBody(token_validity_in_seconds=3600)
    expect(await profile.create_token.post(validity) is None, "no answer to a new token")
    return await check(management, made.id)


async def check(management, id):
    profiles = management.android_for_work_enrollment_profiles
    profile = await profiles.by_android_for_work_enrollment_profile_id(id).get()
    if profile.token_value:
        now = datetime.datetime.now(datetime.timezone.utc)
        expect(profile.token_expiration_date_time > now, "a token that has not ended")
        expect(profile.qr_code_content, "the content of the QR code")
        expect(profile.qr_code_image.type == "image/png", "the QR code as a picture")
        picture = profile.qr_code_image.value
        expect(picture and len(picture) > 60, "the bytes of the picture")
    return {"name": id, "value": profile.token_value, "devices": profile.enrolled_device_count}


async def revoke(management, id):
    profiles = management.android_for_work_enrollment_profiles
    expect(await profiles.by_android_for_work_enrollment_profile_id(id).revoke_token.post() is None, "no answer")
    after = await check(management, id)
    expect(not after["value"], "no token any more")
    return after


async def delete(management, id):
    profiles = management.android_for_work_enrollment_profiles
    profile = profiles.by_android_for_work_enrollment_profile_id(id)
    expect(await profile.delete() is None, "no answer to a deletion")
    await refused(profile.get(), 404, "itemNotFound")
    return {"name": id}


async def identities(management):
    known = management.imported_device_identities
    serial = ImportedDeviceIdentity(
        imported_device_identifier="PF3 X17",
        imported_device_identity_type=ImportedDeviceIdentityType.SerialNumber,
        description="Empfang",
    )
    placeholder = ImportedDeviceIdentity(
        imported_device_identifier="None", imported_device_identity_type=ImportedDeviceIdentityType.SerialNumber
    )
    body = ImportDeviceIdentityListPostRequestBody(
        imported_device_identities=[serial, placeholder], overwrite_imported_device_identities=True
    )
    taken = (await known.import_device_identity_list.post(body)).value
    expect([entry.status for entry in taken] == [True, False], "one taken over, one that is none")
    expect(taken[0].imported_device_identifier == "PF3X17", "the serial number, normalised")
    found = (await known.search_existing_identities.post(SearchExistingIdentitiesPostRequestBody(
        imported_device_identities=[serial, placeholder]
    ))).value
    expect([entry.id for entry in found] == [taken[0].id], "the one that is there")
    listed = (await known.get()).value
    expect(listed[0].description == "Empfang" and uuid.UUID(listed[0].id), "the one in the list")
    one = known.by_imported_device_identity_id(taken[0].id)
    changed = await one.patch(ImportedDeviceIdentity(description="Halle"))
    expect(changed.description == "Halle", "the change")
    expect(await one.delete() is None, "no answer to a deletion")
    await refused(one.get(), 404, "itemNotFound")
    return {"name": taken[0].id}


def main():
    verb, *ids = sys.argv[1:]
    verbs = {"create": create, "check": check, "revoke": revoke, "delete": delete, "identities": identities}
    print(json.dumps(asyncio.run(verbs[verb](client(), *ids))))


if __name__ == "__main__":
    main()
