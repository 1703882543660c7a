/*
 * main.c
 *		rsdata-call: makes one call with the parts that rsdata is made of, for
 *		a person whose set-up does not work.
 *
 * It resolves credentials, signs and sends as the worker does, and shows what
 * comes back.  It keeps nothing and needs no PostgreSQL.
 */
#include <signal.h>
#include <stdio.h>

#include "aws/dataapi.h"
#include "aws/sigv4.h"
#include "aws/sns.h"
#include "aws/sts.h"
#include "keys.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE 2
#define EXIT_NO_KEYS 3

/* Seconds that a describe may wait for a change. */
#define WAIT_SECONDS 10

typedef struct Call
{
	CallOptions options;
	CallLine   *line;
	RsdCreds   *creds;
	const char *region;
	RsdEndpointPlan plan;
} Call;

/* Tells why a request could not be made; the exit status. */
static int
cannot(const RsdError *err)
{
	fprintf(stderr, "rsdata-call: %s\n", err->what);
	return EXIT_USAGE;
}

/* Signs, sends and shows; the reply is set whole unless it is EXIT_USAGE. */
static int
send_signed(Call *call, RsdOp op, const char *name,
			const RsdEndpoint *endpoint, RsdRequest *req, CallReply *reply)
{
	static const RsdHttpLimits limits = {
		.connect_ms = 10000,.max_body = 64 * 1024 * 1024
	};
	const RsdEnv *env = rsd_env_system();
	int64_t		now_us = env->wall_us(env->arg);
	const RsdCredentials *cred = rsd_creds_current(call->creds, now_us);
	RsdError	err;

	if (cred == NULL)
	{
		rsd_request_free(req);
		printf("the credentials have expired meanwhile\n");
		return EXIT_USAGE;
	}
	if (!rsd_sigv4_sign(req, cred, endpoint->region, endpoint->service,
						now_us, NULL, &err))
	{
		rsd_request_free(req);
		return cannot(&err);
	}
	call_show_request(name, req, endpoint->region);
	call_line_send(call->line, req, &limits, false, reply);
	return call_show_reply(op, reply) ? 0 : EXIT_REFUSED;
}

static int
identity(Call *call)
{
	RsdEndpoint endpoint;
	RsdStsIdentity who;
	RsdRequest	req;
	CallReply	reply = {0};
	RsdError	err;
	int			status;

	if (!rsd_endpoint_plan_resolve(&call->plan, RSD_SERVICE_STS, call->region,
								   &endpoint, &err) ||
		!rsd_sts_caller_identity(&endpoint, &req, &err))
		return cannot(&err);
	status = send_signed(call, RSD_OP_COUNT, "GetCallerIdentity", &endpoint,
						 &req, &reply);
	if (status == 0 && rsd_sts_read_identity(rsd_buf_slice(&reply.response.body),
											 &who, &err))
	{
		printf("identity: ");
		call_show_text(rsd_slice_str(who.arn));
	}
	rsd_response_free(&reply.response);
	return status;
}

static int
publish(Call *call)
{
	const char *topic = call->options.args[0];
	RsdPublishCall letter = {
		.topic_arn = topic,.subject = "rsdata-call",
		.message = call->options.args[1]
	};
	RsdEndpoint endpoint;
	RsdRequest	req;
	CallReply	reply = {0};
	RsdError	err;
	char		region[64];
	char		token[37];
	int			status;

	if (!rsd_sns_arn_region(topic, region))
	{
		fprintf(stderr, "rsdata-call: \"%s\" is not the ARN of a topic\n",
				topic);
		return EXIT_USAGE;
	}
	if (rsd_sns_arn_fifo(topic) && rsd_env_uuid(rsd_env_system(), token))
	{
		letter.group_id = "rsdata";
		letter.dedup_id = token;
	}
	if (!rsd_endpoint_plan_resolve(&call->plan, RSD_SERVICE_SNS, region,
								   &endpoint, &err) ||
		!rsd_sns_publish(&letter, &endpoint, &req, &err))
		return cannot(&err);
	status = send_signed(call, RSD_OP_PUBLISH, "Publish", &endpoint, &req,
						 &reply);
	rsd_response_free(&reply.response);
	return status;
}

/* The body of ExecuteStatement as the options say. */
static bool
write_execute(const Call *call, RsdBuf *body, RsdError *err)
{
	const CallOptions *options = &call->options;
	char		token[37];
	RsdExecuteCall execute = {
		.sql = options->args[0],
		.database = options->database,
		.cluster = options->cluster,
		.workgroup = options->workgroup,
		.db_user = options->db_user,
		.secret_arn = options->secret_arn,
		.statement_name = "rsdata-call",
		.client_token = token,
		.session_keep_alive = -1,
	};

	if (!rsd_env_uuid(rsd_env_system(), token))
		return rsd_error_set(err, RSD_ERR_INTERNAL, "there is no randomness");
	return rsd_dataapi_execute(&execute, body, err);
}

/* One call of the Data API; id and token as the operation needs them. */
static int
ask_data(Call *call, RsdOp op, const char *id, const char *token,
		 CallReply *reply)
{
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;
	bool		good;

	if (!rsd_endpoint_plan_resolve(&call->plan, RSD_SERVICE_DATA,
								   call->region, &endpoint, &err) ||
		!rsd_dataapi_request(op, &endpoint, &req, &err))
		return cannot(&err);
	if (op == RSD_OP_EXECUTE)
		good = write_execute(call, &req.body, &err);
	else if (op == RSD_OP_DESCRIBE)
		good = rsd_dataapi_describe(id, token == NULL ? 0 : WAIT_SECONDS,
									&req.body, &err);
	else if (op == RSD_OP_RESULT)
		good = rsd_dataapi_result(id, token, 0, &req.body, &err);
	else
		good = rsd_dataapi_cancel(id, &req.body, &err);
	if (good)
		return send_signed(call, op, rsd_op_name(op), &endpoint, &req, reply);
	rsd_request_free(&req);
	return cannot(&err);
}

static int
data_call(Call *call, RsdOp op)
{
	CallReply	reply = {0};
	int			status;

	status = ask_data(call, op, call->options.args[0], call->options.args[1],
					  &reply);
	rsd_response_free(&reply.response);
	return status;
}

/* What became of the statement; its exit status. */
static int
show_end(const RsdDescribeReply *told)
{
	printf("statement: %s\n", told->status_word);
	if (told->error[0] != '\0')
		call_show_text(rsd_slice_str(told->error));
	return told->status == RSD_SERVICE_FINISHED ? 0 : EXIT_REFUSED;
}

/* Asks with long polls until the statement has ended; its exit status. */
static int
wait_for_statement(Call *call, const char *id, RsdDescribeReply *told)
{
	CallReply	reply = {0};
	RsdError	err;
	int			status;
	bool		read;

	do
	{
		if (call_line_left_ms(call->line) <= 1)
		{
			printf("it has not ended in time; rsdata-call cancel %s\n", id);
			return EXIT_REFUSED;
		}
		status = ask_data(call, RSD_OP_DESCRIBE, id, "wait", &reply);
		read = status == 0 &&
			rsd_dataapi_read_describe(rsd_buf_slice(&reply.response.body),
									  told, &err);
		rsd_response_free(&reply.response);
		if (!read)
			return status == 0 ? cannot(&err) : status;
	} while (!rsd_service_status_final(told->status));
	return show_end(told);
}

static int
execute(Call *call)
{
	RsdExecuteReply started;
	RsdDescribeReply told;
	CallReply	reply = {0};
	RsdError	err;
	int			status = ask_data(call, RSD_OP_EXECUTE, NULL, NULL, &reply);

	if (status == 0 &&
		!rsd_dataapi_read_execute(rsd_buf_slice(&reply.response.body),
								  &started, &err))
		status = cannot(&err);
	rsd_response_free(&reply.response);
	if (status == 0)
		status = wait_for_statement(call, started.id, &told);
	if (status != 0 || told.has_result != RSD_TRI_YES)
		return status;
	call->options.args[0] = started.id;
	call->options.args[1] = NULL;
	return data_call(call, RSD_OP_RESULT);
}

static int
only_credentials(Call *call)
{
	(void) call;
	return 0;
}

static int
describe(Call *call)
{
	return data_call(call, RSD_OP_DESCRIBE);
}

static int
result(Call *call)
{
	return data_call(call, RSD_OP_RESULT);
}

static int
cancel(Call *call)
{
	return data_call(call, RSD_OP_CANCEL);
}

typedef struct Kind
{
	const char *name;
	int			min_args;
	int			max_args;
	bool		region;			/* needed? */
	int			(*run) (Call *call);
} Kind;

static const Kind kinds[] =
{
	{"credentials", 0, 0, false, only_credentials},
	{"identity", 0, 0, true, identity},
	{"execute", 1, 1, true, execute},
	{"describe", 1, 1, true, describe},
	{"result", 1, 2, true, result},
	{"cancel", 1, 1, true, cancel},
	{"publish", 2, 2, false, publish},
};

/* The kind of call asked for, or NULL after a complaint. */
static const Kind *
find_kind(const CallOptions *options)
{
	size_t		i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, options->call) == 0)
		{
			if (options->nargs >= kinds[i].min_args &&
				options->nargs <= kinds[i].max_args)
				return &kinds[i];
			fprintf(stderr, "rsdata-call: wrong number of arguments for \"%s\" (--help shows them)\n",
					options->call);
			return NULL;
		}
	fprintf(stderr, "rsdata-call: no such call: \"%s\" (--help lists all)\n",
			options->call);
	return NULL;
}

static int
run(Call *call, const Kind *kind)
{
	if (kind->region &&
		(call->region = call_keys_region(&call->options)) == NULL)
		return EXIT_USAGE;
	if (!call_keys_endpoints(&call->options, &call->plan))
		return EXIT_USAGE;
	call->creds = call_keys_fetch(&call->options, &call->plan, call->line);
	return call->creds == NULL ? EXIT_NO_KEYS : kind->run(call);
}

int
main(int argc, char **argv)
{
	Call		call = {0};
	const Kind *kind;
	int			status;

	if (!call_options_read(&call.options, argc, argv, &status))
		return status;
	kind = find_kind(&call.options);
	if (kind == NULL)
		return EXIT_USAGE;
	(void) signal(SIGPIPE, SIG_IGN);
	call.line = call_line_open(call.options.ca_bundle, call.options.proxy,
							   call.options.timeout_s);
	if (call.line == NULL)
		return EXIT_REFUSED;
	status = run(&call, kind);
	rsd_creds_free(call.creds);
	call_line_close(call.line);
	return status;
}
