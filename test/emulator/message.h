/*
 * message.h
 *		One request as received and one reply as it shall be sent, free of any
 *		HTTP library: what http.c hands to the router and gets back.
 */
#ifndef EMU_MESSAGE_H
#define EMU_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define EMU_TYPE_JSON "application/x-amz-json-1.1"
#define EMU_TYPE_XML "text/xml"

typedef struct EmuHeader
{
	const char *name;
	const char *value;
} EmuHeader;

typedef struct EmuCall
{
	char	   *method;
	char	   *uri;			/* path and query as on the wire */
	EmuHeader  *headers;		/* in order of arrival; strings not owned */
	size_t		nheaders;
	EmuText		body;
	bool		too_large;
	int			fd;				/* the caller's socket, for peer.h only */
} EmuCall;

/* How a reply leaves, or does not. */
typedef enum EmuDelivery
{
	EMU_SEND,
	EMU_CUT,					/* close without an answer */
	EMU_RESET,					/* the same with a TCP reset */
	EMU_SEND_HALF,				/* full Content-Length, half the body, close */
	EMU_SEND_SLOWLY,			/* spread over delivery_ms */
	EMU_SEND_HUGE				/* huge_bytes of filler */
} EmuDelivery;

typedef struct EmuReply
{
	int			status;
	const char *content_type;
	char		error_type[96]; /* x-amzn-ErrorType, "" none */
	char		request_id[EMU_UUID_SIZE];
	const char *header_name;	/* one more header, NULL none; static */
	char		header_value[32];
	EmuText		body;
	bool		gzip;			/* the body is compressed */
	const EmuText *shared;		/* follows the body; NULL: nothing; not owned */
	EmuText		tail;			/* follows that */
	EmuDelivery delivery;
	long		delivery_ms;
	size_t		huge_bytes;
} EmuReply;

/* First value of a header, name compared without case; NULL if absent. */
extern const char *emu_call_header(const EmuCall *call, const char *name);

/*
 * Make reply an error of the Data API: JSON with __type and Message.
 * resource_id is added as ResourceId where not NULL.
 */
extern void emu_reply_json_error(EmuReply *reply, int status,
								 const char *code, const char *message,
								 const char *resource_id);

/* The same as a JSON front end says it: lower-case "message". */
extern void emu_reply_front_error(EmuReply *reply, int status,
								  const char *code, const char *message);

/* Make reply an ErrorResponse of the Query protocol, of xmlns. */
extern void emu_reply_xml_error(EmuReply *reply, const char *xmlns,
								int status, const char *code,
								const char *message);

/* Make reply a 200 with this JSON value; the reference is taken. */
extern void emu_reply_json(EmuReply *reply, json_t *value);

#endif							/* EMU_MESSAGE_H */
