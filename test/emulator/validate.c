/*
 * validate.c
 *		Checks and reads the members of requests; the limits are those of the
 *		service's API model. Never acts on anything.
 */
#include "validate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"

#define SQL_BYTES_MAX (200 * 1024)
#define TOKEN_CHARS_MAX 64
#define NAME_CHARS_MAX 2048
#define PARTS_MAX 40
#define KEEP_ALIVE_MAX_S 86400

static const struct
{
	const char *name;
	json_type	type;
}			members[] = {
	{"Id", JSON_STRING},
	{"NextToken", JSON_STRING},
	{"Sql", JSON_STRING},
	{"Database", JSON_STRING},
	{"ClusterIdentifier", JSON_STRING},
	{"WorkgroupName", JSON_STRING},
	{"DbUser", JSON_STRING},
	{"SecretArn", JSON_STRING},
	{"StatementName", JSON_STRING},
	{"ClientToken", JSON_STRING},
	{"ResultFormat", JSON_STRING},
	{"SessionId", JSON_STRING},
	{"ExecutionMode", JSON_STRING},
	{"Parameters", JSON_ARRAY},
	{"Sqls", JSON_ARRAY},
	{"Status", JSON_STRING},
	{"ConnectedDatabase", JSON_STRING},
	{"Schema", JSON_STRING},
	{"Table", JSON_STRING},
	{"SchemaPattern", JSON_STRING},
	{"TablePattern", JSON_STRING},
	{"MaxResults", JSON_INTEGER},
	{"WaitTimeSeconds", JSON_INTEGER},
	{"SessionKeepAliveSeconds", JSON_INTEGER},
};

const char *
emu_input_text(json_t *input, const char *name)
{
	return json_string_value(json_object_get(input, name));
}

static bool
is_flag(json_t *member)
{
	return member == NULL || json_is_boolean(member) || json_is_null(member);
}

bool
emu_validate_types(json_t *input)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
	{
		json_t	   *member = json_object_get(input, members[i].name);

		/* null means absent */
		if (json_is_null(member))
			json_object_del(input, members[i].name);
		else if (member != NULL && json_typeof(member) != members[i].type)
			return false;
	}
	return is_flag(json_object_get(input, "WithEvent")) &&
		is_flag(json_object_get(input, "RoleLevel"));
}

/* Groups of 8, 4, 4, 4 and 12 of [a-z0-9], then perhaps ":" and digits. */
bool
emu_validate_id(const char *id)
{
	static const int groups[] = {8, 4, 4, 4, 12};

	if (id == NULL)
		return false;
	for (int g = 0; g < 5; g++)
	{
		for (int i = 0; i < groups[g]; i++, id++)
		{
			if (!islower((unsigned char) *id) &&
				!isdigit((unsigned char) *id))
				return false;
		}
		if (g < 4 && *id++ != '-')
			return false;
	}
	if (*id == '\0')
		return true;
	return id[0] == ':' && strlen(id) <= 3 &&
		strspn(id + 1, "0123456789") == strlen(id + 1);
}

static bool
complain(EmuText *message, const char *text)
{
	emu_text_adds(message, text);
	return false;
}

static bool
good_param_name(const char *name)
{
	size_t		len;

	for (len = 0; isalnum((unsigned char) name[len]) || name[len] == '_';)
		len++;
	return len > 0 && name[len] == '\0';
}

static bool
read_params(json_t *list, EmuRequest *request, EmuText *message)
{
	size_t		n = json_array_size(list);
	json_t	   *param;
	size_t		i;

	if (list != NULL && n == 0)
		return complain(message, "Parameters must have at least one item.");
	request->param_names = emu_alloc(sizeof(char *) * n);
	request->param_values = emu_alloc(sizeof(char *) * n);
	json_array_foreach(list, i, param)
	{
		const char *name = emu_input_text(param, "name");
		const char *value = emu_input_text(param, "value");

		if (name == NULL || !good_param_name(name))
			return complain(message, "Parameter name must satisfy regex "
							"pattern: ^[0-9a-zA-Z_]+$");
		if (value == NULL || *value == '\0')
			return complain(message, "Parameter value must have length "
							"greater than or equal to 1.");
		request->param_names[i] = emu_strdup(name);
		request->param_values[i] = emu_strdup(value);
		request->nparams = i + 1;
	}
	return true;
}

/* A session is at a place already and will not be told again. */
static bool
check_session(const EmuRequest *request, EmuText *message)
{
	if (!emu_validate_id(request->session_id) ||
		strchr(request->session_id, ':') != NULL)
		return complain(message, "sessionId must satisfy regex pattern: "
						"^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}"
						"(:\\d+)?$");
	if (request->cluster != NULL || request->workgroup != NULL)
		return complain(message, "Exactly one of ClusterIdentifier, "
						"WorkgroupName and SessionId must be given.");
	if (request->database != NULL || request->db_user != NULL ||
		request->secret_arn != NULL)
		return complain(message, "Database, DbUser and SecretArn must not "
						"be given with SessionId.");
	return true;
}

static bool
read_keep_alive(json_t *input, EmuRequest *request, EmuText *message)
{
	json_t	   *member = json_object_get(input, "SessionKeepAliveSeconds");

	request->keep_alive_s = member == NULL ? -1 :
		(long) json_integer_value(member);
	if (member != NULL && (request->keep_alive_s < 0 ||
						   request->keep_alive_s > KEEP_ALIVE_MAX_S))
		return complain(message, "SessionKeepAliveSeconds must be between 0 "
						"and 86400.");
	return true;
}

static bool
check_target(json_t *input, const EmuRequest *request, EmuText *message)
{
	const char *format = emu_input_text(input, "ResultFormat");

	if (format != NULL && strcmp(format, "JSON") != 0 &&
		strcmp(format, "CSV") != 0)
		return complain(message, "1 validation error detected: Value at "
						"'resultFormat' failed to satisfy constraint: "
						"Member must satisfy enum value set: [JSON, CSV]");
	if (request->session_id != NULL)
		return check_session(request, message);
	if ((request->cluster == NULL) == (request->workgroup == NULL))
		return complain(message, "Exactly one of ClusterIdentifier, "
						"WorkgroupName and SessionId must be given.");
	if (request->database == NULL || *request->database == '\0')
		return complain(message, "Database must be given.");
	if (request->secret_arn != NULL && request->db_user != NULL)
		return complain(message, "SecretArn and DbUser exclude each other.");
	return true;
}

static bool
check_sql(const char *sql, EmuText *message)
{
	if (sql[strspn(sql, " \t\r\n")] == '\0')
		return complain(message, "Sql must not be empty.");
	if (strlen(sql) > SQL_BYTES_MAX)
		return complain(message, "Cannot process query string larger than "
						"200kB");
	return true;
}

/* The texts of a batch, or the one text, into parts. */
static bool
read_parts(json_t *list, EmuRequest *request, EmuText *message)
{
	size_t		n = json_array_size(list);
	EmuText		all = {0};
	bool		good = true;

	request->parts = emu_alloc(sizeof(EmuPart) * n);
	for (size_t i = 0; i < n && good; i++)
	{
		const char *sql = json_string_value(json_array_get(list, i));

		good = sql != NULL ? check_sql(sql, message) :
			complain(message, "Sqls must hold strings.");
		if (!good)
			break;
		request->parts[request->nparts++].sql = emu_strdup(sql);
		emu_text_adds(&all, i > 0 ? "\n" : "");
		emu_text_adds(&all, sql);
	}
	request->sql = all.data;
	return good;
}

static bool
read_sql(json_t *input, EmuRequest *request, EmuText *message)
{
	json_t	   *list = json_object_get(input,
									   request->is_batch ? "Sqls" : "Sql");
	bool		good;

	if (list == NULL)
	{
		emu_text_addf(message, "1 validation error detected: Value null at "
					  "'%s' failed to satisfy constraint: Member must not "
					  "be null", request->is_batch ? "sqls" : "sql");
		return false;
	}
	if (request->is_batch && (json_array_size(list) < 1 ||
							  json_array_size(list) > PARTS_MAX))
	{
		emu_text_addf(message, "1 validation error detected: Value at 'sqls' "
					  "failed to satisfy constraint: Member must have length "
					  "%s", json_array_size(list) > PARTS_MAX ?
					  "less than or equal to 40" :
					  "greater than or equal to 1");
		return false;
	}
	list = request->is_batch ? json_incref(list) : json_pack("[O]", list);
	good = read_parts(list, request, message);
	json_decref(list);
	return good;
}

static bool
read_mode(json_t *input, EmuRequest *request, EmuText *message)
{
	const char *mode = emu_input_text(input, "ExecutionMode");

	if (mode == NULL || !request->is_batch)
		return true;
	request->auto_commit = strcmp(mode, "AUTO_COMMIT") == 0;
	if (request->auto_commit || strcmp(mode, "TRANSACTION") == 0)
		return true;
	return complain(message, "1 validation error detected: Value at "
					"'executionMode' failed to satisfy constraint: Member "
					"must satisfy enum value set: [TRANSACTION, "
					"AUTO_COMMIT]");
}

static bool
check_texts(const EmuRequest *request, EmuText *message)
{
	if (request->name != NULL && strlen(request->name) > NAME_CHARS_MAX)
		return complain(message, "StatementName must have length less than "
						"or equal to 2048.");
	if (request->token != NULL && (*request->token == '\0' ||
								   strlen(request->token) > TOKEN_CHARS_MAX))
		return complain(message, "ClientToken must have length between 1 "
						"and 64.");
	return true;
}

bool
emu_validate_execute(json_t *input, bool is_batch, EmuRequest *request,
					 EmuText *message)
{
	const char *format = emu_input_text(input, "ResultFormat");

	request->is_batch = is_batch;
	request->csv = format != NULL && strcmp(format, "CSV") == 0;
	request->with_event = json_is_true(json_object_get(input, "WithEvent"));
	request->session_id = emu_strdup(emu_input_text(input, "SessionId"));
	request->database = emu_strdup(emu_input_text(input, "Database"));
	request->cluster = emu_strdup(emu_input_text(input, "ClusterIdentifier"));
	request->workgroup = emu_strdup(emu_input_text(input, "WorkgroupName"));
	request->db_user = emu_strdup(emu_input_text(input, "DbUser"));
	request->secret_arn = emu_strdup(emu_input_text(input, "SecretArn"));
	request->name = emu_strdup(emu_input_text(input, "StatementName"));
	request->token = emu_strdup(emu_input_text(input, "ClientToken"));
	return read_sql(input, request, message) &&
		check_texts(request, message) &&
		read_mode(input, request, message) &&
		read_keep_alive(input, request, message) &&
		check_target(input, request, message) &&
		read_params(json_object_get(input, "Parameters"), request, message) &&
		emu_params_bind(request, message);
}
