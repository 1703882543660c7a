/*
 * sns.h
 *		SNS Publish (AWS Query protocol, version 2010-03-31): request and
 *		reply, and the little that must be known of topic ARNs.
 *
 * When and how often to publish is decided elsewhere.
 */
#ifndef RSD_AWS_SNS_H
#define RSD_AWS_SNS_H

#include "aws/endpoint.h"
#include "base/httpmsg.h"

typedef struct RsdSnsAttribute
{
	const char *name;
	const char *value;			/* String; an empty value is left out, as the
								 * service refuses it, and control characters
								 * become blanks */
} RsdSnsAttribute;

/* Strings are borrowed, UTF-8; NULL or "" = not sent. */
typedef struct RsdPublishCall
{
	const char *topic_arn;
	const char *subject;		/* made fit for the service: control
								 * characters to blanks, others that are not
								 * ASCII to "?", at most 99 characters */
	const char *message;
	const RsdSnsAttribute *attributes;
	int			nattributes;
	const char *group_id;		/* FIFO topics: what is not visible ASCII
								 * becomes "_", cut at 128 */
	const char *dedup_id;		/* the same */
} RsdPublishCall;

/*
 * Makes req a signed-to-be POST of Publish to the endpoint; it is
 * initialised here and on failure there is nothing to free.
 */
extern bool rsd_sns_publish(const RsdPublishCall *call,
							const RsdEndpoint *endpoint, RsdRequest *req,
							RsdError *err) RSD_MUSTCHECK;

/*
 * Reads the MessageId out of an HTTP 200 reply into message_id (size
 * bytes).  MALFORMED if there is none.
 */
extern bool rsd_sns_read(RsdSlice body, char *message_id, size_t size,
						 RsdError *err) RSD_MUSTCHECK;

/*
 * What can be done about a refusal with this code: a sentence, or NULL if
 * there is nothing to add to the service's words.
 */
extern const char *rsd_sns_hint(const char *code);

/*
 * Does a refusal with this code speak of the one message, so that others to
 * the same topic may well be taken?
 */
extern bool rsd_sns_blames_message(const char *code);

/* Is it arn:<partition>:sns:<region>:<12 digits>:<topic name>[.fifo]? */
extern bool rsd_sns_arn_valid(const char *arn);

/* Copies the region of a valid topic ARN into region (64 bytes). */
extern bool rsd_sns_arn_region(const char *arn, char region[64]) RSD_MUSTCHECK;

/* Is it the ARN of a FIFO topic (name ends in ".fifo")? */
extern bool rsd_sns_arn_fifo(const char *arn);

#endif							/* RSD_AWS_SNS_H */
