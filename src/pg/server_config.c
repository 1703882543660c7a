/*
 * server_config.c
 *	  Reads a server's and a user mapping's options into one struct.
 *
 * Keys are copied only for who asks for them (the worker), so that a backend
 * that merely submits leaves no copy of them in its memory.  The values were
 * checked by the validator; what it could not know is checked by the service.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/buf.h"
#include "pg/option_check.h"
#include "pg/options.h"

static bool
read_boolean(const char *value)
{
	bool		result = false;

	(void) parse_bool(value, &result);
	return result;
}

static RsdTri
read_tri(const char *value)
{
	return read_boolean(value) ? RSD_TRI_YES : RSD_TRI_NO;
}

/* "a, b" as a list of palloc'd strings. */
static List *
read_topics(const char *value)
{
	List	   *topics = NIL;

	while (*value != '\0')
	{
		size_t		len = strcspn(value, ",");
		RsdSlice	topic = rsd_slice_trim(rsd_slice(value, len));

		topics = lappend(topics, pnstrdup(topic.data, topic.len));
		value += len;
		value += strspn(value, ",");
	}
	return topics;
}

/* Where a text option goes; NULL if it is not one. */
static char **
text_field(RsdServerConfig *config, const char *name)
{
	const struct
	{
		const char *name;
		char	  **field;
	}			fields[] = {
		{"region", &config->region},
		{"cluster_identifier", &config->cluster_identifier},
		{"workgroup_name", &config->workgroup_name},
		{"database", &config->database},
		{"db_user", &config->db_user},
		{"secret_arn", &config->secret_arn},
		{"endpoint_url", &config->endpoint_url},
		{"sns_endpoint_url", &config->sns_endpoint_url},
		{"sts_endpoint_url", &config->sts_endpoint_url},
		{"proxy", &config->proxy},
		{"profile", &config->profile},
		{"role_arn", &config->role_arn},
		{"external_id", &config->external_id},
		{"role_session_name", &config->role_session_name},
		{"success_topic_arn", &config->success_topic_arn},
		{"failure_topic_arn", &config->failure_topic_arn},
		{"result_format", &config->result_format},
	};

	for (size_t i = 0; i < lengthof(fields); i++)
	{
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].field;
	}
	return NULL;
}

bool
rsd_creds_source_parse(const char *word, RsdCredsSource *source)
{
	static const char *const words[] = {
		[RSD_CREDS_KEYS] = "keys",
		[RSD_CREDS_ENVIRONMENT] = "environment",
		[RSD_CREDS_PROFILE] = "profile",
		[RSD_CREDS_WEB_IDENTITY] = "web_identity",
		[RSD_CREDS_CONTAINER] = "container",
		[RSD_CREDS_INSTANCE] = "instance",
		[RSD_CREDS_CHAIN] = "chain",
	};

	for (size_t i = 0; i < lengthof(words); i++)
	{
		if (strcmp(words[i], word) == 0)
		{
			*source = (RsdCredsSource) i;
			return true;
		}
	}
	return false;
}

/* An option of a server, or one that a mapping may bear too. */
static void
take_option(RsdServerConfig *config, const char *name,
			const char *value)
{
	char	  **text = text_field(config, name);

	if (text != NULL)
		*text = pstrdup(value);
	else if (strcmp(name, "credentials") == 0)
		(void) rsd_creds_source_parse(value, &config->source);
	else if (strcmp(name, "duration_seconds") == 0)
		config->duration_seconds = atoi(value);
	else if (strcmp(name, "use_fips_endpoint") == 0)
		config->use_fips = read_tri(value);
	else if (strcmp(name, "use_dualstack_endpoint") == 0)
		config->use_dualstack = read_tri(value);
	else if (strcmp(name, "topic_arns") == 0)
		config->topic_arns = read_topics(value);
	else if (strcmp(name, "sns_error_text") == 0)
		config->sns_error_text = read_boolean(value);
	else if (strcmp(name, "max_in_flight") == 0)
		config->max_in_flight = atoi(value);
	else if (strcmp(name, "quota_share") == 0)
		config->quota_share = strtod(value, NULL);
	else if (strcmp(name, "timeout") == 0)
		config->timeout = rsd_read_interval(name, value);
	else if (strcmp(name, "deadline") == 0)
		config->deadline = rsd_read_interval(name, value);
	else if (strcmp(name, "describe") == 0)
		config->describe_always = strcmp(value, "always") == 0;
	else if (strcmp(name, "enabled") == 0)
		config->enabled = read_boolean(value);
}

/* A mapping's secrets, borrowed from the catalog's array. */
typedef struct MappingOptions
{
	RsdSlice	access_key_id;
	RsdSlice	secret_access_key;
	RsdSlice	session_token;
	RsdSlice	proxy;			/* may hold a password */
	bool		names_source;	/* it has the option credentials */
} MappingOptions;

/* Secrets are only noted; all else wins over the server's option. */
static void
note_mapping_option(RsdServerConfig *config, MappingOptions *mapping,
					RsdSlice option)
{
	struct
	{
		const char *prefix;
		RsdSlice   *value;
	}			fields[] = {
		{"access_key_id=", &mapping->access_key_id},
		{"secret_access_key=", &mapping->secret_access_key},
		{"session_token=", &mapping->session_token},
		{"proxy=", &mapping->proxy},
	};
	char	   *name;
	char	   *value;

	for (size_t i = 0; i < lengthof(fields); i++)
	{
		size_t		len = strlen(fields[i].prefix);

		if (rsd_slice_starts(option, fields[i].prefix))
		{
			*fields[i].value = rsd_slice(option.data + len, option.len - len);
			return;
		}
	}
	name = pnstrdup(option.data, option.len);
	value = strchr(name, '=');
	if (value == NULL)
		return;
	*value++ = '\0';
	mapping->names_source |= strcmp(name, "credentials") == 0;
	take_option(config, name, value);
}

static char *
copy_slice(RsdSlice slice)
{
	return slice.data == NULL ? NULL : pnstrdup(slice.data, slice.len);
}

/* Takes over what a mapping says; own: it is the role's, not PUBLIC's. */
static void
take_mapping(RsdServerConfig *config, const MappingOptions *mapping,
			 bool own, int flags)
{
	config->has_keys = mapping->access_key_id.data != NULL &&
		mapping->secret_access_key.data != NULL;
	if (config->has_keys && !mapping->names_source)
		config->source = RSD_CREDS_KEYS;
	config->own_keys = config->has_keys && own &&
		config->source == RSD_CREDS_KEYS && config->role_arn == NULL;
	if (flags & RSD_CONFIG_SECRETS)
	{
		config->access_key_id = copy_slice(mapping->access_key_id);
		config->secret_access_key = copy_slice(mapping->secret_access_key);
		config->session_token = copy_slice(mapping->session_token);
		if (mapping->proxy.data != NULL)
			config->proxy = copy_slice(mapping->proxy);
	}
}

/*
 * Reads a mapping's options in place: the array points into the catalog
 * cache, unless it was compressed; that copy is zeroed.
 */
static void
read_mapping(RsdServerConfig *config, HeapTuple tuple, bool own, int flags)
{
	MappingOptions mapping;
	Datum		datum;
	ArrayType  *array;
	Datum	   *elems;
	bool		isnull;
	int			n;

	memset(&mapping, 0, sizeof(mapping));
	datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple,
							Anum_pg_user_mapping_umoptions, &isnull);
	if (isnull)
		return;
	array = DatumGetArrayTypeP(datum);
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
					  &elems, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		text	   *option = (text *) DatumGetPointer(elems[i]);

		note_mapping_option(config, &mapping, rsd_slice(VARDATA_ANY(option),
														VARSIZE_ANY_EXHDR(option)));
	}
	take_mapping(config, &mapping, own, flags);
	if (DatumGetPointer(datum) != (Pointer) array)
	{
		rsd_wipe(array, VARSIZE(array));
		pfree(array);
	}
	pfree(elems);
}

/* The role's own mapping, else PUBLIC's, else nothing. */
static void
find_mapping(RsdServerConfig *config, Oid owner, int flags)
{
	HeapTuple	tuple;
	bool		own = true;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(owner),
							ObjectIdGetDatum(config->oid));
	if (!HeapTupleIsValid(tuple))
	{
		own = false;
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER,
								ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(config->oid));
	}
	if (!HeapTupleIsValid(tuple))
		return;
	read_mapping(config, tuple, own, flags);
	ReleaseSysCache(tuple);
}

RsdServerConfig *
rsd_server_config(Oid server, Oid owner, int flags)
{
	ForeignServer *fs;
	RsdServerConfig *config;
	ListCell   *lc;

	fs = GetForeignServerExtended(server, FSV_MISSING_OK);
	if (fs == NULL && (flags & RSD_CONFIG_MISSING_OK))
		return NULL;
	if (fs == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server with OID %u does not exist", server)));
	if (strcmp(GetForeignDataWrapper(fs->fdwid)->fdwname, "rsdata") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of foreign data wrapper \"%s\"",
						fs->servername, "rsdata")));

	config = palloc0(sizeof(RsdServerConfig));
	config->oid = server;
	config->name = fs->servername;
	config->max_in_flight = RSD_DEFAULT_MAX_IN_FLIGHT;
	config->quota_share = RSD_DEFAULT_QUOTA_SHARE;
	config->describe_always = true;
	config->sns_error_text = true;
	config->enabled = true;
	foreach(lc, fs->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		take_option(config, def->defname, defGetString(def));
	}
	find_mapping(config, owner, flags);
	return config;
}

bool
rsd_server_has_credentials(const RsdServerConfig *config)
{
	return config->source != RSD_CREDS_KEYS || config->has_keys;
}

bool
rsd_server_topic_allowed(const RsdServerConfig *config, const char *arn)
{
	ListCell   *lc;

	if (config->own_keys)
		return true;
	foreach(lc, config->topic_arns)
	{
		if (strcmp(lfirst(lc), arn) == 0)
			return true;
	}
	return (config->success_topic_arn != NULL &&
			strcmp(config->success_topic_arn, arn) == 0) ||
		(config->failure_topic_arn != NULL &&
		 strcmp(config->failure_topic_arn, arn) == 0);
}

static void
wipe_text(char **text)
{
	if (*text != NULL)
	{
		rsd_wipe(*text, strlen(*text));
		pfree(*text);
		*text = NULL;
	}
}

void
rsd_server_config_wipe(RsdServerConfig *config)
{
	wipe_text(&config->access_key_id);
	wipe_text(&config->secret_access_key);
	wipe_text(&config->session_token);
	wipe_text(&config->proxy);
}
