/*
 * query.c
 *		Reads form bodies and plays SNS Publish; STS is sts.c's. Messages are
 *		kept by topics.c; this file owns no state.
 *
 * Members, limits and codes: SNS API Reference (Publish).
 */
#include "query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sts.h"
#include "validate.h"

#define MESSAGE_BYTES_MAX 262144
#define SUBJECT_CHARS_MAX 100
#define ATTRIBUTES_MAX 100
#define ORDER_ID_CHARS_MAX 128

static const char sns_xmlns[] = "http://sns.amazonaws.com/doc/2010-03-31/";

const char *
emu_query_service(const char *action)
{
	if (strcmp(action, "Publish") == 0)
		return "sns";
	return emu_sts_knows(action) ? "sts" : NULL;
}

const char *
emu_query_xmlns(const char *service)
{
	return strcmp(service, "sts") == 0 ? EMU_STS_XMLNS : sns_xmlns;
}

const char *
emu_query_version(const char *service)
{
	return strcmp(service, "sts") == 0 ? "2011-06-15" : "2010-03-31";
}

static int
hex_digit(char c)
{
	if (isdigit((unsigned char) c))
		return c - '0';
	if (isxdigit((unsigned char) c))
		return tolower((unsigned char) c) - 'a' + 10;
	return -1;
}

static void
add_decoded(EmuText *out, const char *data, size_t len)
{
	emu_text_adds(out, "");
	for (size_t i = 0; i < len; i++)
	{
		char		c = data[i];

		if (c == '+')
			c = ' ';
		else if (c == '%' && i + 2 < len && hex_digit(data[i + 1]) >= 0 &&
				 hex_digit(data[i + 2]) >= 0)
		{
			c = (char) (hex_digit(data[i + 1]) * 16 + hex_digit(data[i + 2]));
			i += 2;
		}
		emu_text_add(out, &c, 1);
	}
}

json_t *
emu_query_read_form(const char *body, size_t len)
{
	json_t	   *form = json_object();
	const char *end = body + len;

	while (body < end)
	{
		const char *stop = memchr(body, '&', (size_t) (end - body));
		const char *equals;
		EmuText		name = {0};
		EmuText		value = {0};

		if (stop == NULL)
			stop = end;
		equals = memchr(body, '=', (size_t) (stop - body));
		add_decoded(&name, body, (size_t) ((equals ? equals : stop) - body));
		if (equals != NULL)
			add_decoded(&value, equals + 1, (size_t) (stop - equals - 1));
		else
			emu_text_adds(&value, "");
		/* Not UTF-8: the member stays absent and is then complained of. */
		json_object_set_new(form, name.data,
							json_stringn(value.data, value.len));
		emu_text_free(&name);
		emu_text_free(&value);
		body = stop + 1;
	}
	return form;
}

static bool
invalid(EmuReply *reply, const char *message)
{
	emu_reply_xml_error(reply, sns_xmlns, 400, "InvalidParameter", message);
	return false;
}

static const char *
attribute_member(json_t *form, int n, const char *member)
{
	char		name[80];

	snprintf(name, sizeof(name), "MessageAttributes.entry.%d.%s", n, member);
	return emu_input_text(form, name);
}

/* Attributes as name to value; *size counts their bytes. */
static json_t *
read_attributes(json_t *form, size_t *size, EmuReply *reply)
{
	json_t	   *attributes = json_object();

	for (int n = 1; n <= ATTRIBUTES_MAX; n++)
	{
		const char *name = attribute_member(form, n, "Name");
		const char *type = attribute_member(form, n, "Value.DataType");
		const char *value = attribute_member(form, n, "Value.StringValue");

		if (name == NULL)
			break;
		if (value == NULL)
			value = attribute_member(form, n, "Value.BinaryValue");
		if (type == NULL || value == NULL || *value == '\0')
		{
			json_decref(attributes);
			invalid(reply, "Invalid parameter: The message attribute must "
					"contain a non-empty type and value.");
			return NULL;
		}
		*size += strlen(name) + strlen(type) + strlen(value);
		json_object_set_new(attributes, name, json_string(value));
	}
	return attributes;
}

static bool
ends_in_fifo(const char *arn)
{
	size_t		len = strlen(arn);

	return len > 5 && strcmp(arn + len - 5, ".fifo") == 0;
}

/* arn:partition:sns:region:account:name */
static bool
is_topic_arn(const char *arn)
{
	int			colons = 0;

	for (const char *c = arn; *c != '\0'; c++)
		colons += *c == ':';
	return strncmp(arn, "arn:", 4) == 0 && strstr(arn, ":sns:") != NULL &&
		colons == 5 && arn[strlen(arn) - 1] != ':';
}

static bool
check_subject(const char *subject, EmuReply *reply)
{
	size_t		chars = 0;

	if (subject == NULL)
		return true;
	for (const char *c = subject; *c != '\0'; c++)
	{
		if (iscntrl((unsigned char) *c))
			return invalid(reply, "Invalid parameter: Subject");
		chars += ((unsigned char) *c & 0xc0) != 0x80;
	}
	if (chars == 0 || chars > SUBJECT_CHARS_MAX)
		return invalid(reply, "Invalid parameter: Subject");
	return true;
}

static bool
check_structure(json_t *form, const char *message, EmuReply *reply)
{
	const char *structure = emu_input_text(form, "MessageStructure");
	json_t	   *parsed;
	bool		good;

	if (structure == NULL)
		return true;
	parsed = json_loads(message, 0, NULL);
	good = strcmp(structure, "json") == 0 &&
		json_is_string(json_object_get(parsed, "default"));
	json_decref(parsed);
	if (!good)
		return invalid(reply, "Invalid parameter: Message Structure - No "
					   "default entry in JSON message body");
	return true;
}

/* The region that was signed for stands for that of the endpoint. */
static bool
is_of_region(const char *arn, const char *region)
{
	size_t		len = strlen(region);
	const char *at = strstr(arn, ":sns:") + 5;

	return len == 0 || (strncmp(at, region, len) == 0 && at[len] == ':');
}

/* 1 to 128 letters, digits and marks, or absent. */
static bool
is_order_id(const char *id)
{
	size_t		len = 0;

	if (id == NULL)
		return true;
	while (isgraph((unsigned char) id[len]))
		len++;
	return id[len] == '\0' && len >= 1 && len <= ORDER_ID_CHARS_MAX;
}

/* What only FIFO topics need, and what others refuse. */
static bool
check_order(EmuWorld *world, json_t *form, bool fifo, EmuReply *reply)
{
	const char *group = emu_input_text(form, "MessageGroupId");
	const char *deduplication = emu_input_text(form,
											   "MessageDeduplicationId");

	if (!is_order_id(group))
		return invalid(reply, "Invalid parameter: MessageGroupId");
	if (!is_order_id(deduplication))
		return invalid(reply, "Invalid parameter: MessageDeduplicationId");
	if (fifo && group == NULL)
		return invalid(reply, "Invalid parameter: The MessageGroupId "
					   "parameter is required for FIFO topics");
	if (fifo && deduplication == NULL &&
		!world->options.content_deduplication)
		return invalid(reply, "Invalid parameter: The topic should either "
					   "have ContentBasedDeduplication enabled or "
					   "MessageDeduplicationId provided explicitly");
	if (!fifo && deduplication != NULL)
		return invalid(reply, "Invalid parameter: MessageDeduplicationId "
					   "Reason: The request includes "
					   "MessageDeduplicationId parameter that is not valid "
					   "for this topic type");
	return true;
}

static bool
check_topic(EmuWorld *world, EmuVisit *visit, const char *arn,
			EmuReply *reply)
{
	if (arn == NULL || !is_topic_arn(arn) ||
		!is_of_region(arn, visit->auth.region))
		return invalid(reply, "Invalid parameter: TopicArn");
	if (!emu_topics_exists(world->topics, arn))
	{
		emu_reply_xml_error(reply, sns_xmlns, 404, "NotFound",
							"Topic does not exist");
		return false;
	}
	return check_order(world, visit->input, ends_in_fifo(arn), reply);
}

static void
publish(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	json_t	   *form = visit->input;
	const char *arn = emu_input_text(form, "TopicArn");
	const char *message = emu_input_text(form, "Message");
	const char *subject = emu_input_text(form, "Subject");
	size_t		size = 0;
	const char *deduplication;
	json_t	   *attributes;
	int64_t		sequence;

	if (arn == NULL)
		arn = emu_input_text(form, "TargetArn");
	if (!check_topic(world, visit, arn, reply) ||
		!check_subject(subject, reply))
		return;
	if (message == NULL || *message == '\0')
	{
		invalid(reply, "Invalid parameter: Empty message");
		return;
	}
	if (!check_structure(form, message, reply))
		return;
	attributes = read_attributes(form, &size, reply);
	if (attributes == NULL)
		return;
	if (size + strlen(message) > MESSAGE_BYTES_MAX)
	{
		json_decref(attributes);
		invalid(reply, "Invalid parameter: Message too long");
		return;
	}
	deduplication = emu_input_text(form, "MessageDeduplicationId");
	if (deduplication == NULL && ends_in_fifo(arn))
		deduplication = message;
	sequence = emu_topics_publish(world->topics, arn, subject, message,
								  attributes,
								  emu_input_text(form, "MessageGroupId"),
								  deduplication, visit->id);
	reply->status = 200;
	reply->content_type = EMU_TYPE_XML;
	emu_text_addf(&reply->body, "<PublishResponse xmlns=\"%s\">\n"
				  "  <PublishResult>\n    <MessageId>%s</MessageId>\n",
				  sns_xmlns, visit->id);
	if (ends_in_fifo(arn))
		emu_text_addf(&reply->body,
					  "    <SequenceNumber>%020lld</SequenceNumber>\n",
					  (long long) sequence);
	emu_text_addf(&reply->body, "  </PublishResult>\n  <ResponseMetadata>\n"
				  "    <RequestId>%s</RequestId>\n  </ResponseMetadata>\n"
				  "</PublishResponse>\n", reply->request_id);
}

void
emu_query_answer(EmuWorld *world, const char *action, EmuVisit *visit,
				 EmuReply *reply)
{
	if (strcmp(action, "Publish") == 0)
		publish(world, visit, reply);
	else
		emu_sts_answer(world, action, visit, reply);
}
