/*
 * check_sns.c
 *	  rsdata_check: the topics that outcomes are published to.
 *
 * Publishes nothing: a message that arrives is no way to ask.  An unsigned
 * GET shows whether the endpoint is reached; any answer will do.
 */
#include "postgres.h"

#include "aws/sns.h"
#include "pg/advice.h"
#include "pg/check_state.h"
#include "pg/utf8text.h"

static bool
resolve(const RsdCheck *check, const char *topic, RsdEndpoint *endpoint,
		RsdError *err)
{
	char		region[64];

	if (!rsd_sns_arn_region(topic, region))
		return rsd_error_set(err, RSD_ERR_INVALID, "it is not an ARN of SNS");
	return rsd_endpoint_plan_resolve(&check->plan, RSD_SERVICE_SNS, region,
									 endpoint, err);
}

static bool
check_topic(RsdCheck *check, const char *topic)
{
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;

	if (!resolve(check, topic, &endpoint, &err))
		return rsd_check_fail(check, "sns",
							  "Correct the server's topics or \"sns_endpoint_url\".",
							  "topic %s: %s", topic, err.what);
	rsd_request_init(&req, "GET", &endpoint.url);
	check->flight = rsd_ask_send(check->ask, &req, 0);
	if (check->flight->fault != RSD_NET_NONE)
		return rsd_check_fail(check, "sns", rsd_advice_fault(check->flight),
							  "topic %s: %s", topic,
							  rsd_text_from_utf8(check->flight->err.what));
	return rsd_check_pass(check, "sns",
						  "topic %s: %s answers; nothing was published, so the permission sns:Publish is not tested",
						  topic, endpoint.url.host);
}

/* The topic of an outcome: its own, else the first on the list. */
static const char *
topic_of(const RsdServerConfig *config, const char *own)
{
	if (own != NULL || config->topic_arns == NIL)
		return own;
	return linitial(config->topic_arns);
}

bool
rsd_check_sns(RsdCheck *check)
{
	const RsdServerConfig *config = check->config;
	const char *success = topic_of(config, config->success_topic_arn);
	const char *failure = topic_of(config, config->failure_topic_arn);
	bool		good = true;

	if (success == NULL && failure == NULL)
		return rsd_check_pass(check, "sns",
							  "the server has no topic: outcomes are not published");
	if (success != NULL)
		good = check_topic(check, success);
	if (failure != NULL && (success == NULL || strcmp(success, failure) != 0))
		good &= check_topic(check, failure);
	return good;
}
