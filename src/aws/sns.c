/*
 * sns.c
 *		SNS Publish: the form body, the reply, topic ARNs.
 */
#include "aws/sns.h"

#include <stdio.h>

#include "base/utf8.h"
#include "base/xml.h"

#define MAX_SUBJECT 99			/* characters: the service wants under 100 */
#define MAX_ORDER_ID 128		/* characters */

#define RIGHT_HINT \
	"Allow sns:Publish on the topic to the identity that signs, in its " \
	"policy and, for a topic of another account, in the topic's."
#define KEY_RIGHT_HINT \
	"Allow kms:GenerateDataKey and kms:Decrypt on the topic's KMS key to " \
	"the identity that signs."

/*
 * The subject as the service takes it (SNS API Reference, Publish): ASCII in
 * one line, under 100 characters, beginning with a letter, a digit or a
 * punctuation mark.
 */
static void
add_subject(RsdBuf *body, const char *subject)
{
	char		text[MAX_SUBJECT];
	size_t		n = 0;

	if (subject == NULL)
		return;
	for (; *subject != '\0' && n < MAX_SUBJECT; subject++)
	{
		unsigned char c = (unsigned char) *subject;

		if ((c & 0xC0) == 0x80)
			continue;			/* its character was counted */
		if (c <= 0x20 || c == 0x7F)
			c = ' ';
		if (n > 0 || c != ' ')
			text[n++] = c > 0x7F ? '?' : (char) c;
	}
	if (n > 0)
		rsd_form_add(body, "Subject", rsd_slice(text, n));
}

/* Group and deduplication ids: up to 128 visible characters of ASCII. */
static void
add_order_id(RsdBuf *body, const char *name, const char *id)
{
	char		text[MAX_ORDER_ID];
	size_t		n;

	if (id == NULL || id[0] == '\0')
		return;
	for (n = 0; id[n] != '\0' && n < MAX_ORDER_ID; n++)
		text[n] = id[n] > 0x20 && id[n] < 0x7F ? id[n] : '_';
	rsd_form_add(body, name, rsd_slice(text, n));
}

/*
 * An attribute's value: UTF-8, of the control characters only tab and line
 * ends.
 */
static bool
add_value(RsdBuf *body, const char *name, const char *value, RsdError *err)
{
	RsdBuf		text;
	bool		good;

	rsd_buf_init(&text, strlen(value));
	for (; *value != '\0'; value++)
	{
		unsigned char c = (unsigned char) *value;

		rsd_buf_addc(&text, c < 0x20 && strchr("\t\n\r", c) == NULL ?
					 ' ' : *value);
	}
	good = rsd_buf_check(&text, "message attribute", err);
	rsd_form_add(body, name, rsd_buf_slice(&text));
	rsd_buf_free(&text);
	return good;
}

static bool
add_attributes(RsdBuf *body, const RsdSnsAttribute *attributes, int n,
			   RsdError *err)
{
	char		name[80];
	int			number = 1;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (attributes[i].value == NULL || attributes[i].value[0] == '\0')
			continue;
		snprintf(name, sizeof(name), "MessageAttributes.entry.%d.Name",
				 number);
		rsd_form_add(body, name, rsd_slice_str(attributes[i].name));
		snprintf(name, sizeof(name),
				 "MessageAttributes.entry.%d.Value.DataType", number);
		rsd_form_add(body, name, rsd_slice_str("String"));
		snprintf(name, sizeof(name),
				 "MessageAttributes.entry.%d.Value.StringValue", number);
		if (!add_value(body, name, attributes[i].value, err))
			return false;
		number++;
	}
	return true;
}

bool
rsd_sns_publish(const RsdPublishCall *call, const RsdEndpoint *endpoint,
				RsdRequest *req, RsdError *err)
{
	static const char type[] =
		"application/x-www-form-urlencoded; charset=utf-8";
	RsdBuf	   *body = &req->body;
	bool		good;

	rsd_request_init(req, "POST", &endpoint->url);
	rsd_form_add(body, "Action", rsd_slice_str("Publish"));
	rsd_form_add(body, "Version", rsd_slice_str("2010-03-31"));
	rsd_form_add(body, "TopicArn", rsd_slice_str(call->topic_arn));
	rsd_form_add(body, "Message", rsd_slice_str(call->message));
	add_subject(body, call->subject);
	good = add_attributes(body, call->attributes, call->nattributes, err);
	add_order_id(body, "MessageGroupId", call->group_id);
	add_order_id(body, "MessageDeduplicationId", call->dedup_id);
	if (good && rsd_buf_check(body, "notification", err) &&
		rsd_request_header(req, "Content-Type", rsd_slice_str(type), err))
		return true;
	rsd_request_free(req);
	return false;
}

bool
rsd_sns_read(RsdSlice body, char *message_id, size_t size, RsdError *err)
{
	RsdBuf		text;
	RsdSlice	id;
	bool		found;

	rsd_buf_init(&text, 256);
	found = rsd_xml_find(body, "MessageId", &text) && !rsd_buf_failed(&text);
	id = rsd_slice_trim(rsd_buf_slice(&text));
	if (found && id.len > 0)
		rsd_utf8_show(id, message_id, size);
	else
		found = false;
	rsd_buf_free(&text);
	if (found)
		return true;
	rsd_error_set(err, RSD_ERR_MALFORMED, "no MessageId in the reply");
	return rsd_error_doing(err, "reading the reply to Publish");
}

/* Takes the part up to the next colon off the front. */
static RsdSlice
take_part(RsdSlice *rest)
{
	const char *colon = rest->len == 0 ? NULL
		: memchr(rest->data, ':', rest->len);
	size_t		n = colon == NULL ? rest->len : (size_t) (colon - rest->data);
	RsdSlice	part = rsd_slice(rest->data, n);

	if (colon == NULL)
		*rest = rsd_slice(rest->data + n, 0);
	else
		*rest = rsd_slice(colon + 1, rest->len - n - 1);
	return part;
}

/* Letters, digits, hyphens and underscores, up to 256, then maybe ".fifo". */
static bool
is_topic_name(RsdSlice name)
{
	size_t		i;

	if (name.len > 5 && memcmp(name.data + name.len - 5, ".fifo", 5) == 0)
		name.len -= 5;
	for (i = 0; i < name.len; i++)
		if (!((name.data[i] >= 'a' && name.data[i] <= 'z') ||
			  (name.data[i] >= 'A' && name.data[i] <= 'Z') ||
			  (name.data[i] >= '0' && name.data[i] <= '9') ||
			  name.data[i] == '-' || name.data[i] == '_'))
			return false;
	return name.len > 0 && name.len <= 256;
}

static bool
is_account(RsdSlice account)
{
	size_t		i;

	for (i = 0; i < account.len; i++)
		if (account.data[i] < '0' || account.data[i] > '9')
			return false;
	return account.len == 12;
}

bool
rsd_sns_arn_region(const char *arn, char region[64])
{
	RsdSlice	rest = rsd_slice_str(arn);
	RsdSlice	prefix = take_part(&rest);
	RsdSlice	partition = take_part(&rest);
	RsdSlice	service = take_part(&rest);
	RsdSlice	where = take_part(&rest);
	RsdSlice	account = take_part(&rest);

	region[0] = '\0';
	if (!rsd_slice_is(prefix, "arn") || !rsd_slice_is(service, "sns") ||
		!rsd_slice_starts(partition, "aws") || !is_account(account) ||
		!is_topic_name(rest) ||
		!rsd_clip(region, 64, where.data, where.len))
		return false;
	return rsd_region_valid(region);
}

bool
rsd_sns_arn_valid(const char *arn)
{
	char		region[64];

	return rsd_sns_arn_region(arn, region);
}

bool
rsd_sns_arn_fifo(const char *arn)
{
	size_t		n = strlen(arn);

	return n > 5 && strcmp(arn + n - 5, ".fifo") == 0;
}

/* SNS API Reference, Publish, "Errors"; SNS Developer Guide, "Key management". */
const char *
rsd_sns_hint(const char *code)
{
	static const struct
	{
		const char *code;
		const char *hint;
	}			hints[] = {
		{"AuthorizationError", RIGHT_HINT},
		{"AccessDenied", RIGHT_HINT},
		{"AccessDeniedException", RIGHT_HINT},
		{"KMSAccessDenied", KEY_RIGHT_HINT},
		{"KMSOptInRequired", "The account is not signed up for AWS KMS."},
		{"KMSDisabled", "Enable the topic's KMS key."},
		{"KMSInvalidState", "The topic's KMS key must be enabled, and not be "
		"about to be deleted."},
		{"KMSNotFound", "The topic names a KMS key that does not exist."},
		{"NotFound", "Create the topic in its account and region, or name "
		"another one."},
	};
	size_t		i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strcmp(hints[i].code, code) == 0)
			return hints[i].hint;
	return NULL;
}

bool
rsd_sns_blames_message(const char *code)
{
	return strcmp(code, "InvalidParameter") == 0 ||
		strcmp(code, "InvalidParameterValue") == 0 ||
		strcmp(code, "ParameterValueInvalid") == 0 ||
		strcmp(code, "ValidationException") == 0;
}
