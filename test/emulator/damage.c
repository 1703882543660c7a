/*
 * damage.c
 *		Turns a rule of trouble into what the caller meets. Owns no state; the
 *		cutting of connections itself is http.c's, asked for in the reply.
 */
#include "damage.h"

#include <string.h>

static void
set_body(EmuReply *reply, int status, const char *type, const char *data,
		 size_t len)
{
	reply->status = status;
	reply->content_type = type;
	emu_text_free(&reply->body);
	emu_text_add(&reply->body, data, len);
}

/* What the kinds of error say where a rule does not. */
static const struct
{
	EmuTroubleKind kind;
	int			status;
	const char *json_code;
	const char *query_code;
	const char *message;
}			errors[] = {
	{EMU_TROUBLE_ERROR, 400, "ThrottlingException", "ThrottlingException",
	"Rate exceeded"},
	{EMU_TROUBLE_DENIED, 403, "AccessDeniedException", "AuthorizationError",
		"User is not authorized to perform this action because no "
	"identity-based policy allows it"},
	{EMU_TROUBLE_KMS, 400, "AccessDeniedException", "KMSAccessDenied",
		"The ciphertext refers to a key that does not exist, is not in this "
	"region, or may not be used"},
};

static void
answer_error(const EmuTrouble *trouble, const char *xmlns, EmuReply *reply)
{
	const char *code = trouble->code;
	const char *message = trouble->message;
	int			status = trouble->status;
	size_t		i = 0;

	while (errors[i].kind != trouble->kind)
		i++;
	if (*code == '\0')
		code = xmlns != NULL ? errors[i].query_code : errors[i].json_code;
	if (*message == '\0')
		message = errors[i].message;
	if (status == 0)
		status = errors[i].status;
	if (xmlns != NULL)
		emu_reply_xml_error(reply, xmlns, status, code, message);
	else
		emu_reply_json_error(reply, status, code, message, NULL);
}

static void
answer_html(const EmuTrouble *trouble, EmuReply *reply)
{
	static const char page[] = "<html><head><title>Bad Gateway</title></head>"
		"<body><h1>Bad Gateway</h1></body></html>\n";

	set_body(reply, trouble->status != 0 ? trouble->status : 502,
			 "text/html", page, sizeof(page) - 1);
}

/*
 * Make reply what the trouble puts in place of an answer. Returns false when
 * it puts nothing there.
 */
static bool
replace_answer(const EmuTrouble *trouble, const char *xmlns, EmuReply *reply)
{
	static const char rubbish[] = "\x00\x01\xfe\xff{\x80\x93]]\x1f\x8b\x08";

	switch (trouble->kind)
	{
		case EMU_TROUBLE_CUT:
			reply->delivery = EMU_CUT;
			return true;
		case EMU_TROUBLE_RESET:
			reply->delivery = EMU_RESET;
			return true;
		case EMU_TROUBLE_ERROR:
		case EMU_TROUBLE_DENIED:
		case EMU_TROUBLE_KMS:
			answer_error(trouble, xmlns, reply);
			return true;
		case EMU_TROUBLE_HTML:
			answer_html(trouble, reply);
			return true;
		case EMU_TROUBLE_BODY:
			set_body(reply, trouble->status != 0 ? trouble->status : 200,
					 xmlns != NULL ? EMU_TYPE_XML : EMU_TYPE_JSON,
					 trouble->body, strlen(trouble->body));
			return true;
		case EMU_TROUBLE_GARBAGE:
			set_body(reply, 200, EMU_TYPE_JSON, rubbish, sizeof(rubbish) - 1);
			return true;
		case EMU_TROUBLE_EMPTY:
			set_body(reply, 200, EMU_TYPE_JSON, "", 0);
			return true;
		case EMU_TROUBLE_HUGE:
			set_body(reply, 200, EMU_TYPE_JSON, "", 0);
			reply->delivery = EMU_SEND_HUGE;
			reply->huge_bytes = trouble->bytes;
			return true;
		default:
			return false;
	}
}

/* Hang as the trouble says; false when the call should not go on. */
static bool
hang(EmuTroubles *troubles, const EmuTrouble *trouble, int fd)
{
	return trouble->kind != EMU_TROUBLE_HANG ||
		emu_troubles_hang(troubles, fd, -1);
}

bool
emu_damage_before(EmuTroubles *troubles, const EmuTrouble *trouble, int fd,
				  const char *xmlns, EmuReply *reply)
{
	if ((trouble->delay_ms > 0 &&
		 !emu_troubles_hang(troubles, fd, trouble->delay_ms)) ||
		(!trouble->after && !hang(troubles, trouble, fd)))
	{
		/* The caller has gone, or we are going. */
		reply->delivery = EMU_CUT;
		return true;
	}
	return !trouble->after && replace_answer(trouble, xmlns, reply);
}

/* Put bytes at the start of the first value that is a string. */
static void
spoil_string(EmuText *body, const char *bytes)
{
	const char *const places[] = {
		"\"stringValue\":\"", "\"CSVRecords\":\"", ":\""
	};
	EmuText		spoilt = {0};
	char	   *at = NULL;
	size_t		before;

	for (int i = 0; i < 3 && at == NULL && body->len > 0; i++)
	{
		at = strstr(body->data, places[i]);
		if (at != NULL)
			at += strlen(places[i]);
	}
	if (at == NULL)
		return;
	before = (size_t) (at - body->data);
	emu_text_add(&spoilt, body->data, before);
	emu_text_adds(&spoilt, bytes);
	emu_text_add(&spoilt, at, body->len - before);
	emu_text_free(body);
	*body = spoilt;
}

void
emu_damage_after(EmuTroubles *troubles, const EmuTrouble *trouble, int fd,
				 const char *xmlns, EmuReply *reply)
{
	if (trouble->after)
	{
		if (!hang(troubles, trouble, fd))
			reply->delivery = EMU_CUT;
		replace_answer(trouble, xmlns, reply);
	}
	switch (trouble->kind)
	{
		case EMU_TROUBLE_LOST_REPLY:
			reply->delivery = EMU_CUT;
			break;
		case EMU_TROUBLE_TRUNCATE:
			reply->delivery = EMU_SEND_HALF;
			break;
		case EMU_TROUBLE_SLOW_BODY:
			reply->delivery = EMU_SEND_SLOWLY;
			reply->delivery_ms = trouble->ms;
			break;
		case EMU_TROUBLE_TRUNCATED_JSON:
			reply->body.len /= 2;
			break;
		case EMU_TROUBLE_BAD_UTF8:
			spoil_string(&reply->body, "\xc3\x28\xff");
			break;
		case EMU_TROUBLE_NUL_ESCAPE:
			spoil_string(&reply->body, "\\u0000");
			break;
		default:
			break;
	}
}
