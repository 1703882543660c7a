"""What the boto3 programs of clients.sh share: clients, checks, steering.

The program's first argument is URL; its second is TOPIC, where it publishes.
"""
import http.client
import json
import sys
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

URL, TOPIC = sys.argv[1:3]
HOST = URL.split("//")[1]
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
UNKNOWN_ID = "d9b6c0c9-0747-4bf4-b142-e8883122f766"
PLACE = {"Database": "dev", "WorkgroupName": "wg-1"}
NO_RESULT = ("Query does not have result. Please check query status with "
             "DescribeStatement.")


def client(service, **keys):
    config = Config(retries={"max_attempts": 0}, read_timeout=40,
                    max_pool_connections=50)
    return boto3.client(service, endpoint_url=URL, config=config, **keys)


DATA = client("redshift-data")
SNS = client("sns")


def is_(name, got, expected):
    if got == expected:
        print("ok - " + name)
    else:
        print("not ok - " + name)
        print("# got      %r\n# expected %r" % (got, expected))
    sys.stdout.flush()


def steer(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(URL + "/_emulator/" + path, data, {},
                                     method=method)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def execute(sql, wait=20, **more):
    if wait:
        more["WaitTimeSeconds"] = wait
    return DATA.execute_statement(Sql=sql, **PLACE, **more)


def error_of(call, *args, **kwargs):
    """Code, text and HTTP status of the error that call ends with."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        return (error.response["Error"]["Code"],
                error.response["Error"]["Message"],
                error.response["ResponseMetadata"]["HTTPStatusCode"])
    return None


def rows_of(statement):
    page = DATA.get_statement_result(Id=statement["Id"])
    return [[next(iter(field.values())) for field in row]
            for row in page["Records"]]


def signed(body, target="RedshiftData.ExecuteStatement"):
    """Headers and body of a request that botocore signed."""
    request = AWSRequest("POST", URL + "/", {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": target}, body)
    SigV4Auth(Credentials(KEY, SECRET), "redshift-data",
              "eu-west-1").add_auth(request)
    return dict(request.headers.items()), body


def raw(request):
    """Send headers and body as they are; HTTP status and error code."""
    headers, body = request
    connection = http.client.HTTPConnection(HOST, timeout=30)
    connection.request("POST", "/", body, headers)
    reply = connection.getresponse()
    text = reply.read()
    connection.close()
    return reply.status, json.loads(text).get("__type")
