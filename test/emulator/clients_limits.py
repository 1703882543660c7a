"""Rates, permissions and ordered topics through boto3: part of clients.sh.

usage: clients_limits.py URL TOPIC

Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
import urllib.error

from clients_lib import (
    DATA, SNS, TOPIC, UNKNOWN_ID, error_of, execute, is_, steer)


def describe():
    error = error_of(DATA.describe_statement, Id=UNKNOWN_ID)
    return error[0], error[2]


def test_rates():
    # So slow that no machine is slow enough to be allowed a second call.
    steer("POST", "rate", {"DescribeStatement": 0.001})
    is_("a rate lets a call pass and refuses the next", [
        describe(), describe()], [
            ("ResourceNotFoundException", 400),
            ("ThrottlingException", 400)])
    is_("other operations are not touched",
        execute("select 1")["Status"], "FINISHED")
    is_("who was refused is counted", [
        (r["op"], r["refused"]) for r in steer("GET", "rate")["rates"]],
        [("DescribeStatement", 1)])
    steer("POST", "rate", {"*": 1})
    is_("the published rates", {r["op"]: r["limit"] for r in
                                steer("GET", "rate")["rates"]}, {
        "ExecuteStatement": 30, "BatchExecuteStatement": 20,
        "DescribeStatement": 100, "GetStatementResult": 20,
        "CancelStatement": 3, "DescribeTable": 3, "ListDatabases": 3,
        "ListSchemas": 3, "ListStatements": 3, "ListTables": 3})
    steer("POST", "rate", {"*": 0})
    is_("no rates any more", [describe()[0] for _ in range(3)],
        ["ResourceNotFoundException"] * 3)
    steer("POST", "rate", {"Publish": 0.001})
    SNS.publish(TopicArn=TOPIC, Message="m")
    is_("topics have a rate, too", error_of(
        SNS.publish, TopicArn=TOPIC, Message="m")[0], "Throttling")
    steer("POST", "rate", {"*": 0})
    for rates in ({"Ponder": 1}, {"Publish": "1"}, {"Publish": -1}, []):
        try:
            steer("POST", "rate", rates)
            code = 200
        except urllib.error.HTTPError as error:
            code = error.code
        is_("rates that are none: %r" % rates, code, 400)


def test_permissions():
    for op, kind, call, expected in (
            ("Publish", "denied", publish, ("AuthorizationError", 403)),
            ("Publish", "kms", publish, ("KMSAccessDenied", 400)),
            ("DescribeStatement", "denied", describe,
             ("AccessDeniedException", 403))):
        steer("POST", "trouble", {"op": op, "kind": kind})
        is_("trouble: %s for %s" % (kind, op), call(), expected)
    steer("POST", "trouble", {"op": "Publish", "kind": "kms",
                              "code": "KMSThrottling"})
    is_("trouble: another refusal of the key", publish(),
        ("KMSThrottling", 400))


def publish(**more):
    error = error_of(SNS.publish, TopicArn=TOPIC, Message="m", **more)
    return error and (error[0], error[2])


def test_order():
    steer("POST", "reset")
    fifo = TOPIC + ".fifo"

    def send(**more):
        return SNS.publish(**dict({"TopicArn": fifo, "Message": "m"}, **more))

    def refused(**more):
        error = error_of(send, **more)
        return error and error[0]

    is_("FIFO: a group is needed",
        refused(MessageDeduplicationId="d"), "InvalidParameter")
    is_("FIFO: a deduplication id is needed",
        refused(MessageGroupId="g"), "InvalidParameter")
    is_("FIFO: ids of wrong letters or length", [
        refused(MessageGroupId=group, MessageDeduplicationId=deduplication)
        for group, deduplication in (
            ("a b", "d"), ("g" * 129, "d"), ("g", "d" * 129))],
        ["InvalidParameter"] * 3)
    is_("a standard topic takes a group, no deduplication id", (
        publish(MessageGroupId="g"),
        publish(MessageDeduplicationId="d")),
        (None, ("InvalidParameter", 400)))
    replies = [send(MessageGroupId="g%d" % (n % 2), Message="m%d" % n,
                    MessageDeduplicationId="d%d" % n) for n in range(4)]
    again = send(MessageGroupId="g0", Message="other",
                 MessageDeduplicationId="d2")
    numbers = [reply["SequenceNumber"] for reply in replies]
    is_("FIFO: sequence numbers ascend", numbers,
        sorted(set(numbers), key=int))
    is_("FIFO: a repeated id is answered alike",
        (again["SequenceNumber"], again["MessageId"]),
        (numbers[2], replies[2]["MessageId"]))
    is_("FIFO: what arrives, in order", [
        (m["message"], m["group_id"], m["deduplication_id"])
        for m in steer("GET", "published")["messages"]
        if m["topic"] == fifo],
        [("m%d" % n, "g%d" % (n % 2), "d%d" % n) for n in range(4)])


for test in (test_rates, test_permissions, test_order):
    test()
