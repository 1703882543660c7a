"""boto3 and hand-made requests against what hands out keys in the emulator:
STS, instance metadata, the container endpoint.  Part of clients.sh.

usage: clients_credentials.py URL WEB_TOKEN CONTAINER_TOKEN DIRECTORY

DIRECTORY is for files of ours.  Prints TAP lines without numbers; exits 0
unless it breaks down itself.
"""
import datetime
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from clients_lib import HOST, UNKNOWN_ID, URL, is_, steer

WEB_TOKEN, CONTAINER_TOKEN, DIRECTORY = sys.argv[2:5]
KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
ROLES = "arn:aws:iam::123456789012:role/"
READER = ROLES + "reader"
GUARDED = ROLES + "team/guarded"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/"
KEYS_PATH = "/latest/meta-data/iam/security-credentials/"
TOPIC = "arn:aws:sns:%s:123456789012:outcome"


def client(service, keys=None, **more):
    """A client; keys as a Credentials element has them."""
    given = {} if keys is None else {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys.get("SessionToken", keys.get("Token"))}
    config = Config(retries={"max_attempts": 0}, **more)
    return boto3.client(service, endpoint_url=URL, config=config, **given)


STS = client("sts")


def change(**settings):
    steer("POST", "credentials", settings)


def error_of(call, *args, **kwargs):
    """Code and HTTP status of the error that call ends with."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        return (error.response["Error"]["Code"],
                error.response["ResponseMetadata"]["HTTPStatusCode"])
    return None


def ask(method, path, body=None, **headers):
    """HTTP status, header reader and text of one plain request."""
    connection = http.client.HTTPConnection(HOST, timeout=20)
    connection.request(method, path, body,
                       {n.replace("_", "-"): v for n, v in headers.items()})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, reply.getheader, text


def assume(role=READER, session="session-1", sts=STS, **more):
    return sts.assume_role(RoleArn=role, RoleSessionName=session, **more)


def arn_of(keys):
    return client("sts", keys).get_caller_identity()["Arn"]


def lifetime(keys):
    left = keys["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    return round(left.total_seconds(), -1)


def test_assume_role():
    reply = assume(DurationSeconds=900)
    keys = reply["Credentials"]
    is_("AssumeRole gives temporary keys",
        (keys["AccessKeyId"][:4], len(keys["AccessKeyId"]),
         len(keys["SecretAccessKey"]), lifetime(keys)),
        ("ASIA", 20, 40, 900))
    is_("... and says whose", reply["AssumedRoleUser"]["Arn"],
        ASSUMED + "reader/session-1")
    user = client("sts", keys).get_caller_identity()
    is_("they stand for the role",
        (user["Arn"], user["Account"], user["UserId"]),
        (ASSUMED + "reader/session-1", "123456789012",
         reply["AssumedRoleUser"]["AssumedRoleId"]))
    done = client("redshift-data", keys).execute_statement(
        Sql="select 1", Database="dev", WorkgroupName="wg-1")
    is_("they run a statement", done["DbUser"], "IAMR:reader")
    is_("they publish", len(client("sns", keys).publish(
        TopicArn=TOPIC % "eu-west-1", Message="m")["MessageId"]), 36)
    guarded = assume(GUARDED, ExternalId="open:sesame",
                     sts=client("sts", keys))
    is_("a role is assumed from a role, by its external id",
        arn_of(guarded["Credentials"]), ASSUMED + "guarded/session-1")
    calls = [c for c in steer("GET", "ledger")["calls"]
             if c["op"] == "AssumeRole"]
    is_("the ledger says with which key, and which came of it",
        (calls[-1]["access_key"], calls[-1]["id"]),
        (keys["AccessKeyId"], guarded["Credentials"]["AccessKeyId"]))


def raw_sts(**members):
    """Code and status of a form that no client would let pass."""
    request = AWSRequest("POST", URL + "/", {
        "Content-Type": "application/x-www-form-urlencoded"},
        urllib.parse.urlencode(members))
    SigV4Auth(Credentials(KEY, SECRET), "sts", "eu-west-1").add_auth(request)
    status, _, text = ask("POST", "/", request.body,
                          **dict(request.headers.items()))
    return text.partition("<Code>")[2].partition("<")[0], status


def test_refusals():
    keys = assume()["Credentials"]
    denied = ("AccessDenied", 403)
    is_("an unknown role", error_of(assume, ROLES + "nobody"), denied)
    is_("no external id", error_of(assume, GUARDED), denied)
    is_("another external id", error_of(
        assume, GUARDED, ExternalId="sesame"), denied)
    is_("more than an hour by chaining", error_of(
        assume, sts=client("sts", keys), DurationSeconds=3601),
        ("ValidationError", 400))
    is_("a wrong secret", error_of(assume, sts=client(
        "sts", dict(keys, SecretAccessKey="wrong"))),
        ("SignatureDoesNotMatch", 403))
    is_("another session token", error_of(assume, sts=client(
        "sts", dict(keys, SessionToken="other"))),
        ("InvalidClientTokenId", 403))
    is_("no signature", error_of(assume, sts=client(
        "sts", signature_version=UNSIGNED)),
        ("MissingAuthenticationToken", 403))
    good = {"Action": "AssumeRole", "Version": "2011-06-15",
            "RoleArn": READER, "RoleSessionName": "ab"}
    is_("a hand-made request", raw_sts(**good), ("", 200))
    for name, member, value in (
            ("no ARN", "RoleArn", "arn:aws:iam::12:user/somebody"),
            ("a short session name", "RoleSessionName", "a"),
            ("a long session name", "RoleSessionName", "a" * 65),
            ("a blank in the session name", "RoleSessionName", "a b"),
            ("a short external id", "ExternalId", "x"),
            ("899 seconds", "DurationSeconds", "899"),
            ("43201 seconds", "DurationSeconds", "43201")):
        is_("refused: " + name, raw_sts(**dict(good, **{member: value})),
            ("ValidationError", 400))
    is_("another version", raw_sts(**dict(good, Version="2010-03-31")),
        ("InvalidAction", 400))
    is_("a topic of another region", error_of(
        client("sns").publish, TopicArn=TOPIC % "us-east-1", Message="m"),
        ("InvalidParameter", 400))


def web(token=WEB_TOKEN, role=READER):
    return client("sts", signature_version=UNSIGNED
                  ).assume_role_with_web_identity(
                      RoleArn=role, RoleSessionName="pod",
                      WebIdentityToken=token)


def test_web_identity():
    is_("a web identity gets keys, unsigned", arn_of(web()["Credentials"]),
        ASSUMED + "reader/pod")
    is_("another token does not", error_of(web, "header.payload.other"),
        ("InvalidIdentityToken", 400))
    change(web_identity_token="second.token")
    is_("a token that was replaced", error_of(web),
        ("InvalidIdentityToken", 400))
    is_("... by this one", arn_of(web("second.token")["Credentials"]),
        ASSUMED + "reader/pod")
    steer("POST", "trouble", {
        "op": "AssumeRoleWithWebIdentity", "kind": "error", "status": 400,
        "code": "IDPCommunicationError", "match": "pod"})
    is_("trouble reaches it", error_of(web, "second.token"),
        ("IDPCommunicationError", 400))
    steer("POST", "reset")


def test_expiry():
    def describe(keys):
        return error_of(client("redshift-data", keys).describe_statement,
                        Id=UNKNOWN_ID)

    change(ttl=1)
    keys = assume(DurationSeconds=900)["Credentials"]
    is_("keys of a second's life", (lifetime(keys), describe(keys)),
        (0, ("ResourceNotFoundException", 400)))
    time.sleep(1.1)
    is_("JSON says they are expired", describe(keys),
        ("ExpiredTokenException", 403))
    is_("the Query protocol says so", error_of(arn_of, keys),
        ("ExpiredToken", 403))
    change(ttl=0)
    keys = assume()["Credentials"]
    is_("as asked again", lifetime(keys), 3600)
    change(expire=True)
    is_("all expired at once", describe(keys), ("ExpiredTokenException", 403))
    listed = steer("GET", "credentials")
    is_("what was issued is listed, without secrets",
        (listed["ttl"], listed["issued"][0]["access_key"],
         sorted(listed["issued"][0])),
        (0, keys["AccessKeyId"],
         ["access_key", "arn", "expires", "issued", "shown"]))


def test_instance():
    def get(path, token=None):
        headers = {"x_aws_ec2_metadata_token": token} if token else {}
        return ask("GET", path, **headers)[0]

    def put(**headers):
        return ask("PUT", "/latest/api/token", **headers)

    ttl = "x_aws_ec2_metadata_token_ttl_seconds"
    status, header, token = put(**{ttl: "1"})
    is_("a metadata token", (status, header(ttl.replace("_", "-"))),
        (200, "1"))
    is_("it opens the list of roles", ask(
        "GET", KEYS_PATH, x_aws_ec2_metadata_token=token)[::2],
        (200, "rsdata-instance"))
    role = KEYS_PATH + "rsdata-instance"
    document = json.loads(ask("GET", role,
                              x_aws_ec2_metadata_token=token)[2])
    is_("the keys of the role", (document["Code"], document["Type"],
                                 arn_of(document)),
        ("Success", "AWS-HMAC",
         ASSUMED + "rsdata-instance/i-0123456789abcdef0"))
    time.sleep(1.1)
    is_("the token ends", get(role, token), 401)
    is_("no token", (get(KEYS_PATH), get(role)), (401, 401))
    is_("a made-up token", get(role, "AQAE"), 401)
    is_("a token without or beyond its time",
        (put()[0], put(**{ttl: "0"})[0], put(**{ttl: "21601"})[0]),
        (400, 400, 400))
    is_("a token through a proxy", put(
        **{ttl: "60", "x_forwarded_for": "10.0.0.1"})[0], 403)
    token = put(**{ttl: "60"})[2]
    is_("another role", get(KEYS_PATH + "nobody", token), 404)
    is_("another path", get("/latest/meta-data/nothing", token), 404)
    for mode, expected in (("both", (200, 200)), ("v1", (404, 200)),
                           ("off", (403, 403)), ("v2", (200, 401))):
        change(instance=mode)
        is_("instance metadata: " + mode, (put(**{ttl: "60"})[0], get(role)),
            expected)


def shown(path=KEYS_PATH + "rsdata-instance"):
    """The document at path, with instance metadata that wants no token."""
    return json.loads(ask("GET", path, Authorization=CONTAINER_TOKEN)[2])


def test_rotation():
    change(instance="both")
    first = shown()
    is_("the same keys are shown again", shown(), first)
    change(rotate=True)
    second = shown()
    is_("rotation shows others", second["AccessKeyId"] ==
        first["AccessKeyId"], False)
    is_("... and both are good", arn_of(first), arn_of(second))
    change(expire=True)
    third = shown()
    is_("expired ones are not shown",
        (error_of(arn_of, second), arn_of(third)),
        (("ExpiredToken", 403), arn_of(third)))
    change(ttl=2, rotate=True)
    short = shown()
    time.sleep(1.2)
    is_("keys near their end are replaced", shown()["AccessKeyId"] ==
        short["AccessKeyId"], False)
    change(ttl=0, expire=True)
    for kind, more, text in (
            ("error", {"status": 403}, 403), ("truncated_json", {}, 200),
            ("body", {"body": '{"Code": "Failed"}'}, 200)):
        steer("POST", "trouble", dict(more, op="InstanceCredentials",
                                      kind=kind))
        status, _, body = ask("GET", KEYS_PATH + "rsdata-instance")
        is_("trouble with the instance: " + kind,
            (status, "SecretAccessKey" in body and body.endswith("}")),
            (text, False))
    steer("POST", "reset")


def test_container():
    path = "/v2/credentials/0123"
    keys = shown(path)
    is_("the container's keys", (sorted(keys), arn_of(keys)),
        (["AccessKeyId", "Expiration", "RoleArn", "SecretAccessKey", "Token"],
         ASSUMED + "rsdata-task/0123456789abcdef0123456789abcdef"))
    is_("Pod Identity's path", shown("/v1/credentials"), keys)
    is_("no authorization", ask("GET", path)[0], 401)
    is_("another authorization",
        ask("GET", path, Authorization="other")[0], 401)
    change(container_token="other")
    is_("... which is changed",
        ask("GET", path, Authorization="other")[0], 200)
    steer("POST", "reset")


def identity(**settings):
    """Who botocore is when these settings alone say so."""
    kept = dict(os.environ)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del os.environ[name]
    os.environ.update(settings, AWS_ENDPOINT_URL=URL)
    try:
        sts = botocore.session.Session().create_client("sts", "eu-west-1")
        return sts.get_caller_identity()["Arn"]
    finally:
        os.environ.clear()
        os.environ.update(kept)


def test_chain():
    """botocore's own way to a role: by a profile, by a web identity."""
    if [int(n) for n in botocore.__version__.split(".")[:2]] < [1, 31]:
        print("ok - roles # SKIP this botocore knows no AWS_ENDPOINT_URL")
        return
    with open(DIRECTORY + "/config", "w", encoding="utf-8") as file:
        file.write("[profile base]\naws_access_key_id = %s\n"
                   "aws_secret_access_key = %s\n"
                   "[profile assuming]\nsource_profile = base\n"
                   "role_arn = %s\nexternal_id = open:sesame\n"
                   "role_session_name = from-a-profile\n"
                   % (KEY, SECRET, GUARDED))
    is_("a profile's role", identity(
        AWS_CONFIG_FILE=DIRECTORY + "/config", AWS_PROFILE="assuming"),
        ASSUMED + "guarded/from-a-profile")
    with open(DIRECTORY + "/token", "w", encoding="utf-8") as file:
        file.write(WEB_TOKEN)
    is_("a web identity's role", identity(
        AWS_ROLE_ARN=READER, AWS_ROLE_SESSION_NAME="pod",
        AWS_WEB_IDENTITY_TOKEN_FILE=DIRECTORY + "/token"),
        ASSUMED + "reader/pod")


def test_steering():
    for name, settings in (("member", {"oops": 1}), ("type", {"ttl": "1"}),
                           ("mode", {"instance": "v3"}), ("shape", [])):
        try:
            steer("POST", "credentials", settings)
            code = 200
        except urllib.error.HTTPError as error:
            code = error.code
        is_("settings of a wrong %s are refused" % name, code, 400)


for test in (test_assume_role, test_refusals, test_web_identity, test_expiry,
             test_instance, test_rotation, test_container, test_chain,
             test_steering):
    test()
