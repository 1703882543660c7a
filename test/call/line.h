/*
 * line.h
 *		One request at a time over src/net, and what a person wants to see of
 *		it.
 */
#ifndef CALL_LINE_H
#define CALL_LINE_H

#include "aws/op.h"
#include "net/http.h"

/* Opaque. */
typedef struct CallLine CallLine;

/* How a request ended. */
typedef struct CallReply
{
	RsdNetFault fault;
	RsdError	err;			/* if fault is not NONE */
	RsdResponse response;		/* empty then */
} CallReply;

/*
 * Makes one with seconds for everything; NULL after a complaint.  proxy: as
 * rsd_proxy_choose has its option; borrowed.
 */
extern CallLine *call_line_open(const char *ca_bundle, const char *proxy,
								int timeout_s);

extern void call_line_close(CallLine *line);

/* Milliseconds left, at least 1. */
extern int64_t call_line_left_ms(const CallLine *line);

/*
 * Sends req (emptied) and waits for its end.  reply is set whole, to be
 * freed with rsd_response_free(&reply->response).  limits->total_ms is cut to
 * what is left.  direct: past any proxy; else one that is taken is shown.
 */
extern void call_line_send(CallLine *line, RsdRequest *req,
						   const RsdHttpLimits *limits, bool direct,
						   CallReply *reply);

/*
 * Prints foreign text and a line end; control characters, which must not
 * reach a terminal, become dots.
 */
extern void call_show_text(RsdSlice text);

/* Prints a request: "ExecuteStatement: POST https://host/". */
extern void call_show_request(const char *name, const RsdRequest *req,
							  const char *region);

/*
 * Prints a reply: status, the headers worth seeing, the body; of a refusal
 * also what rsdata takes it for.  True if it is a success.
 */
extern bool call_show_reply(RsdOp op, const CallReply *reply);

#endif							/* CALL_LINE_H */
