/*
 * message.c
 *		Reading headers of a call and writing the standard bodies of replies.
 *
 * Error forms: AWS JSON 1.1 carries the code in __type and the text in the
 * modelled member Message, front-end errors in "message"; the Query protocol
 * carries both in an ErrorResponse element.
 */
#include "message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *
emu_call_header(const EmuCall *call, const char *name)
{
	for (size_t i = 0; i < call->nheaders; i++)
	{
		if (strcasecmp(call->headers[i].name, name) == 0)
			return call->headers[i].value;
	}
	return NULL;
}

static void
start_reply(EmuReply *reply, int status, const char *type)
{
	reply->status = status;
	reply->content_type = type;
	emu_text_free(&reply->body);
}

void
emu_reply_json_error(EmuReply *reply, int status, const char *code,
					 const char *message, const char *resource_id)
{
	json_t	   *error = json_pack("{s:s, s:s, s:s*}", "__type", code,
								  "Message", message,
								  "ResourceId", resource_id);

	start_reply(reply, status, EMU_TYPE_JSON);
	snprintf(reply->error_type, sizeof(reply->error_type), "%s", code);
	emu_text_take_json(&reply->body, error);
}

void
emu_reply_front_error(EmuReply *reply, int status, const char *code,
					  const char *message)
{
	start_reply(reply, status, EMU_TYPE_JSON);
	emu_text_take_json(&reply->body,
					   json_pack("{s:s, s:s}", "__type", code,
								 "message", message));
}

void
emu_reply_xml_error(EmuReply *reply, const char *xmlns, int status,
					const char *code, const char *message)
{
	start_reply(reply, status, EMU_TYPE_XML);
	emu_text_addf(&reply->body, "<ErrorResponse xmlns=\"%s\">\n"
				  "  <Error>\n    <Type>%s</Type>\n    <Code>", xmlns,
				  status < 500 ? "Sender" : "Receiver");
	emu_text_add_xml(&reply->body, code);
	emu_text_adds(&reply->body, "</Code>\n    <Message>");
	emu_text_add_xml(&reply->body, message);
	emu_text_addf(&reply->body, "</Message>\n  </Error>\n"
				  "  <RequestId>%s</RequestId>\n</ErrorResponse>\n",
				  reply->request_id);
}

void
emu_reply_json(EmuReply *reply, json_t *value)
{
	start_reply(reply, 200, EMU_TYPE_JSON);
	emu_text_take_json(&reply->body, value);
}
