"""Answers a SAML identity provider would give, and those that forgers would.

Reads a JSON object from standard input: acs, audience, issuer, now, the paths of keys and certificates of the provider
(key, cert; ecKey, ecCert) and of a stranger (otherKey, otherCert), and requests, the IDs of as many AuthnRequests as there
are cases; perhaps assertionId, the ID of every assertion, and only, the one case that is wanted. Writes a JSON list of {name, request, response, good, why}: the response in base64, and the words by which it
must be refused. What is signed by the book is signed by signxml; what no library signs is signed by hand.
"""

import base64
import copy
import hashlib
import hmac
import json
import sys
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
NS = {"saml": SAML, "samlp": SAMLP, "ds": DS}
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
VICTIM = "root@contoso.example"

spec = json.load(sys.stdin)
now = datetime.fromisoformat(spec["now"].replace("Z", "+00:00"))
requests = iter(spec["requests"])
cases = []


def read(name):
    with open(spec[name], "rb") as file:
        return file.read()


def when(seconds):
    return (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def attributes(**given):
    return "".join(f' {name}="{value}"' for name, value in given.items() if value is not None)


class Answer:
    """A response in the making; what is given changes it. None takes a part away."""

    counter = 0

    def __init__(self, **given):
        Answer.counter += 1
        n = Answer.counter
        self.request = next(requests)
        self.assertion_id = spec.get("assertionId") or f"_a{n}-{self.request[:8]}"
        self.response_id = f"_r{n}-{self.request[:8]}"
        of = lambda name, usual: given.pop(name, usual)
        request = of("request", self.request)
        data = attributes(
            InResponseTo=of("confirmed_for", request), NotBefore=of("confirmed_from", None),
            NotOnOrAfter=of("confirmed_until", when(300)), Recipient=of("recipient", spec["acs"]))
        audiences = of("audiences", [[spec["audience"]]])
        restrictions = "".join(
            "<saml:AudienceRestriction>" + "".join(f"<saml:Audience>{one}</saml:Audience>" for one in restriction)
            + "</saml:AudienceRestriction>" for restriction in audiences)
        bounds = attributes(NotBefore=of("good_from", when(-60)), NotOnOrAfter=of("good_until", when(300)))
        name_id = of("name_id", f'<saml:NameID Format="{EMAIL}">{of("name", "ana@contoso.example")}</saml:NameID>')
        confirmation = of("confirmation", f'<saml:SubjectConfirmation Method="{of("method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")}">'
                          f"<saml:SubjectConfirmationData{data}/></saml:SubjectConfirmation>")
        conditions = of("conditions", f"<saml:Conditions{bounds}>{restrictions}</saml:Conditions>")
        issuer = of("issuer", spec["issuer"])
        outer = of("outer_issuer", spec["issuer"])
        status = of("status", f'<samlp:Status><samlp:StatusCode Value="{of("code", SUCCESS)}"/></samlp:Status>')
        assertion = f"""<saml:Assertion xmlns:saml="{SAML}" ID="{self.assertion_id}" IssueInstant="{when(0)}" Version="2.0">
<saml:Issuer>{issuer}</saml:Issuer><saml:Subject>{name_id}{confirmation}</saml:Subject>{conditions}
<saml:AuthnStatement AuthnInstant="{when(0)}" SessionIndex="s"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">engineers</saml:AttributeValue>{of("more_values", "")}</saml:Attribute></saml:AttributeStatement></saml:Assertion>"""
        heads = attributes(Destination=of("destination", spec["acs"]), InResponseTo=of("answers", request))
        issuer = "" if outer is None else f'<saml:Issuer xmlns:saml="{SAML}">{outer}</saml:Issuer>'
        self.response = etree.fromstring(
            f'<samlp:Response xmlns:samlp="{SAMLP}" ID="{self.response_id}" IssueInstant="{when(0)}" Version="{of("version", "2.0")}"{heads}>'
            f'{issuer}{of("extensions", "")}{status or ""}{assertion}</samlp:Response>')
        assert not given, given

    @property
    def assertion(self):
        return self.response.find("saml:Assertion", NS)

    @property
    def signature(self):
        return self.response.find(".//ds:Signature", NS)

    def sign_assertion(self, **how):
        old = self.assertion
        new = by_the_book(old, self.assertion_id, **how)
        new.tail = old.tail
        self.response.replace(old, new)
        return self

    def sign_response(self, **how):
        self.response = by_the_book(self.response, self.response_id, **how)
        return self

    def sign_by_hand(self, of="assertion", **how):
        parent = self.assertion if of == "assertion" else self.response
        by_hand(parent, parent.get("ID"), **how)
        return self

    def edit(self, change):
        change(self)
        return self

    def xml(self):
        return etree.tostring(self.response).decode()

    def good(self, name, change=lambda xml: xml):
        return self.add(name, change, True, "")

    def bad(self, name, why, change=lambda xml: xml):
        return self.add(name, change, False, why)

    def add(self, name, change, good, why):
        xml = change(self.xml())
        raw = xml if isinstance(xml, bytes) else xml.encode()
        encoded = base64.b64encode(raw).decode()
        cases.append({"name": name, "request": self.request, "response": encoded, "good": good, "why": why})
        if name == spec.get("only"):
            json.dump(cases[-1:], sys.stdout)
            sys.exit()
        return cases[-1]


def by_the_book(element, ident, key="key", cert="cert", method=SignatureMethod.RSA_SHA256, digest=DigestAlgorithm.SHA256,
                key_info=True):
    """The element signed by signxml, the signature behind its Issuer."""
    element = copy.deepcopy(element)
    element.tail = None
    place = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS}, Id="placeholder")
    element.find("saml:Issuer", NS).addnext(place)
    signer = XMLSigner(signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=EXC)
    signed = signer.sign(element, key=read(key), cert=read(cert).decode(), reference_uri=f"#{ident}", id_attribute="ID")
    if not key_info:
        info = signed.find("ds:Signature/ds:KeyInfo", NS)
        info.getparent().remove(info)
    return signed


def c14n(element, prefixes=None):
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes)


def by_hand(parent, ident, uri=None, transforms=(ENVELOPED, EXC), canon=EXC, method=RSA_SHA256, digest=SHA256, references=1,
            key="key", mac=None, info="", obj="", covers=None, inside="", prefixes=None):
    """Appends a signature of `covers` (else of the parent) in whatever form is asked for."""
    value = hashlib.new({SHA256: "sha256", DS + "sha1": "sha1"}[digest], c14n(parent if covers is None else covers, prefixes)).digest()
    value = base64.b64encode(value).decode()
    listed = f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{" ".join(prefixes)}"/>' if prefixes else ""
    within = {ENVELOPED: "", EXC: listed}
    steps = "".join(f'<ds:Transform Algorithm="{one}">{within.get(one, inside)}</ds:Transform>' for one in transforms)
    at = f'URI="#{ident}"' if uri is None else uri
    reference = (f'<ds:Reference {at}><ds:Transforms>{steps}</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
                 f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>")
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canon}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{reference * references}</ds:SignedInfo><ds:SignatureValue/>{info}{obj}</ds:Signature>')
    parent.append(signature)
    signed = c14n(signature.find("ds:SignedInfo", NS))
    if mac is not None:
        made = hmac.new(mac, signed, "sha256").digest()
    else:
        private = serialization.load_pem_private_key(read(key), None)
        made = private.sign(signed, padding.PKCS1v15(), hashes.SHA1() if method.endswith("sha1") else hashes.SHA256())
    signature.find("ds:SignatureValue", NS).text = base64.b64encode(made).decode()
    return signature


def der(name):
    return x509.load_pem_x509_certificate(read(name)).public_bytes(serialization.Encoding.DER)


def key_info(name):
    data = base64.b64encode(der(name)).decode()
    return f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{data}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"


def evil(assertion, ident="_evil"):
    """A copy that names somebody else, without its signature."""
    twin = copy.deepcopy(assertion)
    for signature in twin.findall("ds:Signature", NS):
        twin.remove(signature)
    twin.set("ID", ident)
    twin.find(".//saml:NameID", NS).text = VICTIM
    return twin


def without_signature(element):
    twin = copy.deepcopy(element)
    for signature in twin.findall("ds:Signature", NS):
        twin.remove(signature)
    return twin


def text(old, new, times=1):
    def change(xml):
        assert old in xml, old
        return xml.replace(old, new, times)
    return change


# Those that are good.
Answer().sign_assertion().good("assertion signed")
Answer().sign_response().good("response signed")
Answer().sign_assertion().sign_response().good("both signed")
EC = {"key": "ecKey", "cert": "ecCert", "method": SignatureMethod.ECDSA_SHA256}
Answer().sign_assertion(**EC).good("assertion signed by ECDSA")
Answer().sign_response(**EC).good("response signed by ECDSA")
Answer().sign_assertion(method=SignatureMethod.RSA_SHA512, digest=DigestAlgorithm.SHA512).good("RSA-SHA512")
Answer().sign_assertion(key_info=False).good("no KeyInfo")
Answer().sign_by_hand().good("signed by hand")
Answer().sign_by_hand(prefixes=["xs", "samlp"]).good("inclusive prefixes")
Answer().sign_by_hand("response", prefixes=["xs"]).good("inclusive prefixes of the response")
Answer(outer_issuer=None).sign_assertion().good("no Issuer of the response")
Answer(audiences=[["https://other.example", spec["audience"]]]).sign_assertion().good("one of two audiences")
Answer(good_from=None, good_until=None).sign_assertion().good("conditions without bounds")
Answer(good_from=when(50), confirmed_until=when(-50)).sign_assertion().good("clocks that differ by less than a minute")
Answer(good_until=(now + timedelta(seconds=300)).strftime("%Y-%m-%dT%H:%M:%S.123+00:00")).sign_assertion().good("fractions and an offset")
Answer().sign_assertion().good("a declaration and white space", lambda xml: '<?xml version="1.0" encoding="UTF-8"?>\n' + xml + "\n")
Answer().sign_assertion().good("characters by number", text("ana@contoso", "&#97;na&#x40;contoso"))
many = "".join(f"<saml:AttributeValue>group-{at:060}</saml:AttributeValue>" for at in range(1000))
Answer(more_values=many).sign_assertion().good("a thousand groups")
lines = Answer().sign_assertion().good("base64 in lines")
lines["response"] = "\r\n".join(lines["response"][at:at + 76] for at in range(0, len(lines["response"]), 76))

# Signature wrapping (Somorovsky et al., "On Breaking SAML", 2012): XSW1 to XSW8.
ONE = "not exactly one Assertion"


def wrapped_response(answer, before):
    """The signed response inside the signature of another that is not signed."""
    old = answer.response
    new = etree.fromstring(etree.tostring(without_signature(old)))
    new.set("ID", "_evil-response")
    new.find(".//saml:NameID", NS).text = VICTIM
    new.find("saml:Assertion", NS).set("ID", "_evil")
    signature = copy.deepcopy(old.find("ds:Signature", NS))
    signature.append(without_signature(old))
    if before:
        new.insert(0, signature)
    else:
        new.append(signature)
    answer.response = new


Answer().sign_response().edit(lambda it: wrapped_response(it, False)).bad("XSW1", ONE)
Answer().sign_response().edit(lambda it: wrapped_response(it, True)).bad("XSW2", ONE)
Answer().sign_assertion().edit(lambda it: it.assertion.addprevious(evil(it.assertion))).bad("XSW3", ONE)


def xsw4(it):
    old, new = it.assertion, evil(it.assertion)
    it.response.replace(old, new)
    new.append(old)


def xsw5(it):
    original = without_signature(it.assertion)
    it.assertion.set("ID", "_evil")
    it.assertion.find(".//saml:NameID", NS).text = VICTIM
    it.response.append(original)


def xsw6(it):
    original = without_signature(it.assertion)
    it.assertion.set("ID", "_evil")
    it.assertion.find(".//saml:NameID", NS).text = VICTIM
    it.signature.append(original)


def xsw7(it):
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil(it.assertion))
    it.response.insert(1, extensions)


def xsw8(it):
    original = without_signature(it.assertion)
    it.assertion.set("ID", "_evil")
    it.assertion.find(".//saml:NameID", NS).text = VICTIM
    etree.SubElement(it.signature, f"{{{DS}}}Object").append(original)


Answer().sign_assertion().edit(xsw4).bad("XSW4", ONE)
Answer().sign_assertion().edit(xsw5).bad("XSW5", ONE)
Answer().sign_assertion().edit(xsw6).bad("XSW6", ONE)
Answer().sign_assertion().edit(xsw7).bad("XSW7", ONE)
Answer().sign_assertion().edit(xsw8).bad("XSW8", "holds an Object")
Answer().sign_assertion().edit(lambda it: it.response.append(evil(it.assertion))).bad("an unsigned assertion behind", ONE)
Answer().sign_assertion().edit(lambda it: it.response.insert(0, evil(it.assertion))).bad("an unsigned assertion before", ONE)


def advice(it):
    element = etree.SubElement(it.assertion, f"{{{SAML}}}Advice")
    element.append(evil(it.assertion))


Answer().edit(advice).sign_assertion().bad("an assertion inside the assertion", ONE)


def elsewhere(it):
    """The only assertion lies deeper than it should."""
    wrapper = etree.SubElement(it.response, f"{{{SAMLP}}}Extensions")
    wrapper.append(it.assertion)


Answer().sign_assertion().edit(elsewhere).bad("the assertion in Extensions", "not in its place")
Answer().sign_assertion().bad("an Assertion of another namespace", "Assertion is not in its place",
                              lambda xml: xml.replace(SAML, "urn:oasis:names:tc:SAML:1.0:assertion"))


def stolen(it):
    """The signature of an assertion that is not there any more, on one of the same ID."""
    it.response.replace(it.assertion, evil_with_signature(it))


def evil_with_signature(it):
    twin = copy.deepcopy(it.assertion)
    twin.find(".//saml:NameID", NS).text = VICTIM
    return twin


ANOTHER = "Reference is to another node"
FORM = "not of the form that counts"
UNSIGNED = "the assertion is not signed"
MISFIT = "a signature does not fit"
Answer().sign_assertion().edit(stolen).bad("NameID edited", MISFIT)
Answer().sign_response().bad("NameID edited under the response's signature", MISFIT, text("ana@contoso.example", VICTIM))
Answer().sign_assertion().sign_response().bad("group edited, signed twice", MISFIT, text(">engineers<", ">admins<"))


def moved_up(it):
    """The signature of the assertion, on the response."""
    it.response.insert(1, it.signature)


Answer().sign_assertion().edit(moved_up).bad("the assertion's signature on the response", ANOTHER)


def issuer_alone(it):
    """What is signed is the Issuer of the response, and nothing else."""
    issuer = it.response.find("saml:Issuer", NS)
    issuer.set("ID", "_issuer")
    by_hand(it.response, "_issuer", covers=issuer)


def subject_alone(it):
    subject = it.assertion.find("saml:Subject", NS)
    subject.set("ID", "_subject")
    by_hand(subject, "_subject")


Answer().edit(issuer_alone).bad("only the response's Issuer signed", ANOTHER)
Answer().edit(subject_alone).bad("only the Subject signed", "a Signature is not in its place")
Answer().bad("unsigned", UNSIGNED)
Answer().sign_assertion().edit(lambda it: it.signature.getparent().remove(it.signature)).bad("signature stripped", UNSIGNED)
Answer().sign_by_hand().sign_by_hand().bad("two signatures in the assertion", "a Signature is not in its place")
Answer().sign_assertion().bad("a Signature of no namespace", FORM, lambda xml: xml.replace(DS, "urn:other"))

# Keys and algorithms.
STRANGER = {"key": "otherKey", "cert": "otherCert"}
Answer().sign_assertion(**STRANGER).bad("another key, its certificate in KeyInfo", MISFIT)
Answer().sign_assertion(**STRANGER, key_info=False).bad("another key, no KeyInfo", MISFIT)
Answer().sign_response(**STRANGER).bad("another key on the response", MISFIT)
Answer().sign_by_hand(key="otherKey", info=key_info("cert")).bad("another key, our certificate in KeyInfo", MISFIT)
Answer().sign_assertion().sign_response(**STRANGER).bad("another key outside a good signature", MISFIT)
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
Answer().sign_by_hand(method=HMAC, mac=read("cert")).bad("HMAC, the certificate as its key", FORM)
Answer().sign_by_hand(method=HMAC, mac=der("cert")).bad("HMAC, the certificate's DER as its key", FORM)
Answer().sign_by_hand(method=DS + "rsa-sha1").bad("RSA-SHA1", FORM)
Answer().sign_by_hand(digest=DS + "sha1").bad("a digest by SHA-1", FORM)
Answer().sign_by_hand(method="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256").bad("an RSA signature called ECDSA", MISFIT)

# The form of the signature.
XPATH, XSLT = "http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116"
Answer().sign_by_hand(transforms=(ENVELOPED, XPATH, EXC), inside="<ds:XPath>true()</ds:XPath>").bad("an XPath transform", FORM)
STYLE = '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'
Answer().sign_by_hand(transforms=(ENVELOPED, XSLT, EXC), inside=STYLE).bad("an XSLT transform", FORM)
Answer().sign_by_hand(transforms=(ENVELOPED,)).bad("no canonicalization", FORM)
Answer().sign_by_hand(transforms=(EXC,)).bad("not enveloped", FORM)
Answer().sign_by_hand(transforms=(EXC, ENVELOPED)).bad("transforms the other way round", FORM)
Answer().sign_by_hand(transforms=(ENVELOPED, EXC + "WithComments")).bad("canonicalization with comments", FORM)
Answer().sign_by_hand(canon="http://www.w3.org/TR/2001/REC-xml-c14n-20010315").bad("SignedInfo by inclusive canonicalization", FORM)
Answer().sign_by_hand(uri='URI=""').bad("a reference to the whole document", ANOTHER)
Answer().sign_by_hand("response", uri='URI=""').bad("the same from the response", ANOTHER)
Answer().sign_by_hand(uri="").bad("a reference without URI", ANOTHER)
Answer().sign_by_hand(uri='URI="#xpointer(/)"').bad("a reference by XPointer", ANOTHER)
Answer().sign_by_hand(uri='URI="https://evil.example/a.xml"').bad("a reference to elsewhere", ANOTHER)
Answer().sign_by_hand(references=2).bad("two references", FORM)
Answer().sign_by_hand(obj="<ds:Object/>").bad("ds:Object", "holds an Object")
Answer().sign_by_hand(obj='<ds:Object><ds:Manifest Id="m"/></ds:Object>').bad("a Manifest", "holds an Object")

# What two parsers may read differently.
# Signed as it stands, for canonicalization leaves comments out: only a careless reader stops at one.
Answer(name=f"{VICTIM}.evil.example").sign_assertion().bad("a comment in NameID", "holds a comment", text(VICTIM, f"{VICTIM}<!---->"))
Answer().sign_assertion().bad("a comment in a group", "holds a comment", text(">engineers<", ">eng<!-- -->ineers<"))
Answer().sign_assertion().bad("a comment before the root", "holds a comment", lambda xml: "<!-- -->" + xml)
Answer().sign_assertion().bad("CDATA", "holds CDATA", text("ana@contoso.example", "<![CDATA[ana@contoso.example]]>"))
Answer(name="ana@contoso.example<?x y?>").sign_assertion().bad("a processing instruction", "holds a processing instruction")
Answer().edit(lambda it: it.response.find("samlp:Status", NS).set("ID", it.assertion_id)).sign_assertion().bad("an ID twice", "an ID stands twice")
Answer().edit(lambda it: it.response.find("samlp:Status", NS).set("Id", it.assertion_id)).sign_assertion().bad("an ID twice, in other letters", "an ID stands twice")
UNREADABLE = "the response is not readable"
Answer().sign_assertion().bad("a DTD", UNREADABLE, lambda xml: "<!DOCTYPE x>" + xml)
ENTITY = f'<!DOCTYPE x [<!ENTITY e "{VICTIM}">]>'
Answer().sign_assertion().bad("an entity", UNREADABLE, lambda xml: ENTITY + xml.replace("ana@contoso.example", "&e;"))
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
Answer().sign_assertion().bad("an external entity", UNREADABLE, lambda xml: XXE + xml.replace("ana@contoso.example", "&e;"))
Answer().sign_assertion().bad("an entity that is not declared", UNREADABLE, text("ana@contoso", "&nbsp;ana@contoso"))
Answer().sign_assertion().bad("a character that XML has not", UNREADABLE, text("ana@contoso", "&#0;ana@contoso"))
Answer().sign_assertion().bad("an attribute twice", UNREADABLE, text("Version=", 'Version="2.0" Version='))
Answer().sign_assertion().bad("a second root", UNREADABLE, lambda xml: xml + xml)
Answer().sign_assertion().bad("an end that is missing", UNREADABLE, lambda xml: xml[:-5])
Answer().sign_assertion().bad("UTF-16", "the response is not UTF-8", lambda xml: xml.encode("utf-16"))
Answer().sign_assertion().bad("Latin-1", "the response is not UTF-8", lambda xml: xml.replace("engineers", "\u00e9").encode("latin-1"))
Answer().sign_assertion().bad("depth", UNREADABLE, text("</saml:Issuer>", "</saml:Issuer>" + "<x>" * 40 + "</x>" * 40))
Answer().sign_assertion().bad("many nodes", "too many nodes", text("</saml:Issuer>", "</saml:Issuer>" + "<x/>" * 10_001))
Answer().sign_assertion().bad("300 KiB", "more than 256 KiB", lambda xml: xml + " " * 225_000)
Answer().sign_assertion().bad("no base64", "not base64")["response"] = "<samlp:Response/>"
Answer().bad("nothing", UNREADABLE)["response"] = ""
Answer().sign_assertion().edit(lambda it: setattr(it, "response", it.assertion)).bad("a bare assertion", "it is no Response")
Answer().sign_assertion().bad("an encrypted assertion beside", "the assertion is encrypted",
                              text("</samlp:Response>", f'<saml:EncryptedAssertion xmlns:saml="{SAML}"/></samlp:Response>'))

# What a signed answer must say.
CONFIRMED = "the subject is not confirmed for us and now"
AUDIENCE = "Audience is another"
OTHER = "https://other.example/acs"


def says(case, why, **given):
    Answer(**given).sign_assertion().sign_response().bad(case, why)


says("Audience other", AUDIENCE, audiences=[[OTHER]])
says("Audience longer", AUDIENCE, audiences=[[spec["audience"] + "/"]])
says("no AudienceRestriction", AUDIENCE, audiences=[])
says("an AudienceRestriction without Audience", AUDIENCE, audiences=[[]])
says("two AudienceRestrictions, one of them not ours", AUDIENCE, audiences=[[spec["audience"]], [OTHER]])
says("Recipient other", CONFIRMED, recipient=OTHER)
says("Recipient missing", CONFIRMED, recipient=None)
says("Destination other", "Destination is another", destination=OTHER)
says("Destination missing", "Destination is another", destination=None)
says("InResponseTo other", "InResponseTo is another request", request="_other")
says("InResponseTo of the response other", "InResponseTo is another request", answers="_other")
says("InResponseTo of the response missing", "InResponseTo is another request", answers=None)
says("InResponseTo of the confirmation other", CONFIRMED, confirmed_for="_other")
says("InResponseTo of the confirmation missing", CONFIRMED, confirmed_for=None)
says("unsolicited", "InResponseTo is another request", request=None)
says("NotOnOrAfter of the confirmation past", CONFIRMED, confirmed_until=when(-61))
says("NotOnOrAfter of the confirmation missing", CONFIRMED, confirmed_until=None)
says("NotOnOrAfter of the confirmation no time", CONFIRMED, confirmed_until="for ever")
says("NotBefore in the confirmation", CONFIRMED, confirmed_from=when(-60))
says("confirmed by a key, not by bearing", CONFIRMED, method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
says("not confirmed", CONFIRMED, confirmation="")
says("confirmed without data", CONFIRMED, confirmation='<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>')
says("expired", "the assertion has expired", good_until=when(-61))
says("not good yet", "the assertion is not good yet", good_from=when(61))
says("a bound that is no time", "NotBefore is no time", good_from="yesterday")
says("no Conditions", "not exactly one Conditions", conditions="")
says("Status not Success", "the provider reports a failure", code="urn:oasis:names:tc:SAML:2.0:status:Responder")
DENIED = ('<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">'
          '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode></samlp:Status>')
Answer(status=DENIED).edit(lambda it: it.response.remove(it.assertion)).bad(
    "a failure without an assertion", "the provider answers Responder, AuthnFailed")
Answer().edit(lambda it: it.response.remove(it.assertion)).bad("success without an assertion", "the provider answers Success")
says("no Status", "not exactly one Status", status="")
says("Issuer other", "the Issuer is another", issuer="https://other.example")
says("Issuer of the response other", "the Issuer of the response is another", outer_issuer="https://other.example")
says("Version 1.1", "Version is another", version="1.1")
says("NameID empty", "NameID is empty", name="")
says("NameID of white space", "NameID is empty", name="  ")
says("NameID with a line in it", "NameID is empty", name="ana@contoso.example&#10;x")
says("NameID missing", "not exactly one NameID", name_id="")
says("NameID twice", "not exactly one NameID", name_id="<saml:NameID>a@contoso.example</saml:NameID><saml:NameID>b@contoso.example</saml:NameID>")
says("NameID encrypted", "not exactly one NameID", name_id="<saml:EncryptedID/>")
says("nobody's address", "says no address", name="ana")

names = [case["name"] for case in cases]
assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
json.dump(cases, sys.stdout)
