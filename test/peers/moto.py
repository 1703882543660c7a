"""rsdata against moto: an independent implementation of the Data API, of SNS
and of the signature's verification.

usage: moto.py URL, with PGHOST and friends naming a server with rsdata.

moto never runs SQL: a statement stays STARTED until it is cancelled.  So this
proves transport, signature, replies and errors; the emulator's tests prove
the rest.  The server is restarted once, with a web identity in its
environment.  Prints TAP.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from botocore.config import Config

URL = sys.argv[1]
REGION = "eu-west-1"
FINAL = ("finished", "failed", "cancelled", "timed_out", "undelivered",
         "skipped", "expired", "orphaned")

tests = 0
failures = 0


def ok(truth, name, *facts):
    """One test; the facts are shown if it does not hold."""
    global tests, failures
    tests += 1
    print(("ok" if truth else "not ok"), tests, "-", name, flush=True)
    if not truth:
        failures += 1
        for fact in facts:
            print("#  ", repr(fact), flush=True)


def client(service, key="first", secret="first"):
    """A client of moto's; the first calls may bear any key."""
    return boto3.client(
        service, endpoint_url=URL, region_name=REGION, aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(connect_timeout=5, read_timeout=20,
                      retries={"max_attempts": 0}))


def policy(actions, **rest):
    """A policy document that allows actions."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        dict(rest, Effect="Allow", Action=actions)]})


def make_user():
    """A user who may do everything, and its key: the three unchecked calls."""
    iam = client("iam")
    iam.create_user(UserName="rsdata")
    iam.put_user_policy(
        UserName="rsdata", PolicyName="all",
        PolicyDocument=policy("*", Resource="*"))
    key = iam.create_access_key(UserName="rsdata")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def make_role(key, secret, name, actions):
    """A role that may do these actions; its ARN."""
    iam = client("iam", key, secret)
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=policy(
            "sts:AssumeRole", Principal={"AWS": "*"}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="some",
                        PolicyDocument=policy(actions, Resource="*"))
    return arn


def make_topic(key, secret):
    """A topic with a queue that gets what is published, as it is."""
    sqs = client("sqs", key, secret)
    sns = client("sns", key, secret)
    queue = sqs.create_queue(QueueName="outcomes")["QueueUrl"]
    arn = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return sqs, queue, topic


def make_fifo(key, secret):
    """A FIFO topic with a FIFO queue behind it."""
    sqs = client("sqs", key, secret)
    sns = client("sns", key, secret)
    queue = sqs.create_queue(QueueName="ordered.fifo", Attributes={
        "FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="ordered.fifo", Attributes={
        "FifoTopic": "true"})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return sqs, queue, topic


def psql(sql):
    """What psql says to one command: its output and its errors."""
    done = subprocess.run(
        [os.path.join(os.environ["BINDIR"], "psql"), "-XAtq", "-c", sql],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=60, check=False)
    return done.stdout.strip()


def literal(text):
    """An SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def restart(**environment):
    """Restarts the server with these variables in its environment too."""
    data = psql("SHOW data_directory")
    subprocess.run(
        [os.path.join(os.environ["BINDIR"], "pg_ctl"), "-D", data, "-l",
         os.path.join(os.path.dirname(data), "server.log"), "-w", "-s",
         "-m", "fast", "restart"],
        env=dict(os.environ, **environment), timeout=60, check=True)


def make_server(name, topic, mapping, **more):
    """A server that points to moto, with its mapping; what psql says.  An
    option in more that is None is left out."""
    options = {"region": REGION, "cluster_identifier": "pod",
               "database": "dev", "db_user": "etl", "endpoint_url": URL,
               "sns_endpoint_url": URL, "topic_arns": topic,
               "success_topic_arn": topic, "failure_topic_arn": topic}
    options.update(more)
    options = {k: v for k, v in options.items() if v is not None}
    said = psql("CREATE SERVER %s FOREIGN DATA WRAPPER rsdata OPTIONS (%s)"
                % (name, option_list(options)))
    if mapping and said == "":
        said = psql("CREATE USER MAPPING FOR CURRENT_USER SERVER %s "
                    "OPTIONS (%s)" % (name, option_list(mapping)))
    ok(said == "", "server %s is made" % name, said)
    return said


def make_refused(name, topic, mapping):
    """A server whose keys moto refuses.  It has no topics: publishes that are
    refused come again, and one of them would take the call that
    allow_unchecked() leaves unchecked for another."""
    return make_server(name, topic, mapping, success_topic_arn=None,
                       failure_topic_arn=None)


def option_list(options):
    """What stands between the brackets of OPTIONS."""
    return ", ".join("%s %s" % (k, literal(v)) for k, v in options.items())


def statement(number):
    """The view's row of a statement."""
    row = psql("SELECT row_to_json(s) FROM rsdata.statements s "
               "WHERE id = %s" % number)
    return json.loads(row) if row else {}


def wait_for(look, seconds=40):
    """Calls look until it answers with something true."""
    until = time.monotonic() + seconds
    while True:
        value = look()
        if value or time.monotonic() > until:
            return value
        time.sleep(0.1)


def settled(number):
    """The row of a statement once its status is final."""
    wait_for(lambda: statement(number).get("status") in FINAL)
    return statement(number)


def test_cancel():
    """A submit is accepted, described as running, cancelled."""
    number = psql("SELECT rsdata_submit('select pg_sleep(600)', "
                  "server => 'moto', label => 'slow one')")
    ok(number.isdigit(), "a submit is accepted", number)
    running = wait_for(lambda: statement(number).get("status") == "running")
    row = statement(number)
    ok(running, "it is described as running", row)
    ok(row.get("aws_id"), "with the service's id", row)
    said = psql("SELECT rsdata_cancel(%s)" % number)
    ok(said == "t", "a cancel is taken", said)
    row = settled(number)
    ok(row.get("status") == "cancelled", "it ends cancelled", row)
    return number


def test_published(number, sqs, queue):
    """What was published about it arrives in the queue as it was sent."""
    def receive():
        got = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1,
                                  MaxNumberOfMessages=1)
        return got.get("Messages")

    messages = wait_for(receive)
    ok(messages, "a message arrives in the subscribed queue",
       psql("SELECT sns_status, sns_attempts, sns_error "
            f"FROM rsdata.statements WHERE id = {number}"))
    if not messages:
        return
    envelope = json.loads(messages[0]["Body"])
    outcome = json.loads(envelope["Message"])
    ok(str(outcome.get("id")) == number and
       outcome.get("status") == "cancelled",
       "its JSON has id and status", envelope["Message"])
    ok(outcome.get("label") == "slow one", "and the label", outcome)
    ok(envelope.get("Subject"), "it has a subject", envelope)
    values = {name: value.get("Value") for name, value in
              envelope.get("MessageAttributes", {}).items()}
    ok(values == {"status": "cancelled", "label": "slow one",
                  "server": "moto"},
       "its attributes are status, label and server", values)
    ok(wait_for(lambda: statement(number).get("sns_status") == "published"),
       "the view says so", statement(number))


def test_fifo(mapping, sqs, queue, topic):
    """An outcome goes through a FIFO topic into a FIFO queue."""
    make_server("ordered", topic, mapping)
    number = psql("SELECT rsdata_submit('select 1', server => 'ordered')")
    wait_for(lambda: statement(number).get("status") == "running")
    psql("SELECT rsdata_cancel(%s)" % number)
    row = settled(number)
    ok(row.get("status") == "cancelled", "fifo: it ends", row)

    def receive():
        got = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1,
                                  MaxNumberOfMessages=1,
                                  AttributeNames=["All"])
        return got.get("Messages")

    messages = wait_for(receive)
    ok(messages, "fifo: a message arrives", statement(number))
    if not messages:
        return
    outcome = json.loads(json.loads(messages[0]["Body"])["Message"])
    ok(str(outcome.get("id")) == number, "fifo: the right one", outcome)
    attributes = messages[0]["Attributes"]
    ok(attributes.get("MessageGroupId") == "ordered",
       "fifo: in the server's group", attributes)
    ok(attributes.get("MessageDeduplicationId"),
       "fifo: with a deduplication id", attributes)


def test_wrong_secret():
    """The service's words about a wrong secret are the statement's error."""
    number = psql("SELECT rsdata_submit('select 1', server => 'wrong')")
    row = settled(number)
    ok(row.get("status") == "failed", "a wrong secret ends failed", row)
    ok("signature" in (row.get("error") or "").lower(),
       "with the service's words", row.get("error"))


def test_accepted(name, key):
    """A statement of this server is accepted, cancelled, published."""
    number = psql("SELECT rsdata_submit('select 1', server => '%s')" % name)
    running = wait_for(lambda: statement(number).get("status") == "running")
    ok(running, "%s: a statement is accepted" % name, key,
       statement(number))
    if not running:
        return
    psql("SELECT rsdata_cancel(%s)" % number)
    row = settled(number)
    ok(row.get("status") == "cancelled", "%s: and cancelled" % name, row)
    ok(wait_for(lambda: statement(number).get("sns_status") == "published"),
       "%s: its outcome is published" % name, statement(number))


def test_session_token(key, secret, arn, topic):
    """Temporary keys that somebody else has got."""
    keys = client("sts", key, secret).assume_role(
        RoleArn=arn, RoleSessionName="by-hand")["Credentials"]
    mapping = {"access_key_id": keys["AccessKeyId"],
               "secret_access_key": keys["SecretAccessKey"],
               "session_token": keys["SessionToken"]}
    make_server("temporary", topic, mapping)
    test_accepted("temporary", keys["AccessKeyId"])
    make_refused("other_token", topic, dict(mapping, session_token="other"))
    number = psql("SELECT rsdata_submit('select 1', "
                  "server => 'other_token')")
    # moto's code for it is one that a client gets new keys on.
    row = wait_for(lambda: [r for r in [statement(number)]
                            if r.get("error") or r.get("wait_reason")])
    ok(row and not row[0].get("aws_id"),
       "another session token is not accepted", row)
    psql("SELECT rsdata_cancel(%s)" % number)
    settled(number)


def allow_unchecked(calls):
    """moto breaks down on a call without a signature unless it is unchecked:
    the next calls are, and those after them are not.  What the extension has
    given up of earlier statements may still be on its way to moto, and must
    not count among them."""
    time.sleep(1)
    request = urllib.request.Request(URL + "/moto-api/reset-auth",
                                     str(calls).encode(),
                                     {"Content-Type": "text/plain"})
    urllib.request.urlopen(request, timeout=10).close()


def test_role(name, topic, mapping, **options):
    """A role that the extension assumes itself."""
    said = make_server(name, topic, mapping, sts_endpoint_url=URL, **options)
    if said == "":
        test_accepted(name, options["role_arn"])


def main():
    key, secret = make_user()
    try:
        client("redshift-data", key, "wrong").list_statements()
        ok(False, "moto verifies signatures")
    except Exception as error:  # any refusal will do, but it must name why
        ok("SignatureDoesNotMatch" in str(error),
           "moto verifies signatures", str(error))
    sqs, queue, topic = make_topic(key, secret)

    with tempfile.NamedTemporaryFile("w", suffix=".jwt",
                                     delete=False) as token:
        token.write("header.payload.signature")
    restart(AWS_WEB_IDENTITY_TOKEN_FILE=token.name)
    said = psql("CREATE EXTENSION rsdata")
    ok(said == "", "CREATE EXTENSION", said)
    mapping = {"access_key_id": key, "secret_access_key": secret}
    make_server("moto", topic, mapping)
    make_refused("wrong", topic,
                 dict(mapping, secret_access_key="wrong" + secret[5:]))

    number = test_cancel()
    test_published(number, sqs, queue)
    test_fifo(mapping, *make_fifo(key, secret))
    test_wrong_secret()

    # moto holds a role to its policy, so this also proves whose keys sign.
    arn = make_role(key, secret, "runner",
                    ["redshift-data:*", "sns:Publish"])
    test_session_token(key, secret, arn, topic)
    test_role("assumed", topic, mapping, role_arn=arn)
    allow_unchecked(1)
    test_role("web_identity", topic, None, role_arn=arn,
              credentials="web_identity")
    os.unlink(token.name)
    print("1..%d" % tests)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
