/*
 * advice.c
 *	  What a person may do about a call that came to nothing.
 *
 * Constant words, chosen by fault or error code.
 */
#include "postgres.h"

#include "pg/advice.h"

const char *
rsd_advice_fault(const RsdFlight *flight)
{
	/* by our own words, as the fault says only what, not with whom */
	if (flight->fault == RSD_NET_PROXY ||
		strstr(flight->err.what, "the proxy") != NULL)
		return "Check the proxy: option \"proxy\", else HTTPS_PROXY and NO_PROXY of the server process. User and password for it (HTTP 407) belong in the URL, and with the option in the user mapping.";
	switch (flight->fault)
	{
		case RSD_NET_RESOLVE:
			return "Check the region (or \"endpoint_url\"), and name resolution on the host of this database.";
		case RSD_NET_CONNECT:
		case RSD_NET_CONNECT_TIMEOUT:
			return "Check routes, firewalls and security groups; a private subnet needs a NAT gateway or an interface endpoint for the service.";
		case RSD_NET_TLS:
			return "Check the host's CA certificates or setting \"rsdata.ca_bundle\", its clock, and proxies that intercept TLS.";
		case RSD_NET_TIMEOUT:
			return "The connection stands but the answer did not come in time: try again, and check what lies between.";
		case RSD_NET_SEND:
		case RSD_NET_CUT:
		case RSD_NET_PROTOCOL:
			return "Check that host, port and scheme are those of the service, and proxies in between.";
		default:
			return NULL;
	}
}

bool
rsd_advice_code_is(const RsdAwsError *error, const char *start)
{
	return strncmp(error->code, start, strlen(start)) == 0;
}

const char *
rsd_advice_credentials(const RsdAwsError *error)
{
	if (rsd_advice_code_is(error, "ExpiredToken"))
		return "The temporary keys have expired: put new ones into the user mapping.";
	if (rsd_advice_code_is(error, "InvalidSignature") ||
		rsd_advice_code_is(error, "SignatureDoesNotMatch"))
		return "The secret_access_key does not belong to the access_key_id.";
	if (rsd_advice_code_is(error, "UnrecognizedClient") ||
		rsd_advice_code_is(error, "InvalidClientTokenId") ||
		rsd_advice_code_is(error, "InvalidAccessKeyId"))
		return "The service does not know this access_key_id, or it needs its session_token.";
	return "Check the keys in the user mapping.";
}

bool
rsd_advice_is_denial(const RsdAwsError *error)
{
	return rsd_advice_code_is(error, "AccessDenied") || rsd_advice_code_is(error, "NotAuthorized") ||
		rsd_advice_code_is(error, "AuthorizationError");
}

/* By what the service logs in to the database on our behalf. */
static const char *
login_action(const RsdServerConfig *config)
{
	if (config->secret_arn != NULL)
		return "secretsmanager:GetSecretValue on the secret";
	if (config->workgroup_name != NULL)
		return "redshift-serverless:GetCredentials on the workgroup";
	if (config->db_user != NULL)
		return "redshift:GetClusterCredentials on the cluster";
	return "redshift:GetClusterCredentialsWithIAM on the cluster";
}

const char *
rsd_advice_denied(const RsdServerConfig *config, RsdOp op)
{
	if (op == RSD_OP_LIST_STATEMENTS || op == RSD_OP_LIST_SESSIONS)
		return psprintf("Allow the identity of these keys redshift-data:%s.",
						rsd_op_name(op));
	return psprintf("Allow the identity of these keys redshift-data:%s and %s.",
					rsd_op_name(op), login_action(config));
}
