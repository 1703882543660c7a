/*
 * credprint.c
 *	  Configurations of credentials told apart.
 */
#include "postgres.h"

#include "base/hash.h"
#include "pg/credprint.h"

#define MAX_FINGERPRINT		(64 * 1024)

/* A text in a way that no other text can begin with. */
static void
add_text(RsdBuf *buf, const char *text)
{
	if (text == NULL)
		rsd_buf_adds(buf, "-;");
	else
		rsd_buf_addf(buf, "%zu:%s;", strlen(text), text);
}

bool
rsd_cred_fingerprint(const RsdCredsConfig *config, const RsdEndpoint *sts,
					 const char *proxy, uint8 out[RSD_SHA256_LEN])
{
	const char *texts[] = {
		config->access_key_id, config->secret_access_key,
		config->session_token, config->profile, config->role_arn,
		config->external_id, config->role_session_name, config->region,
		config->sts_endpoint_url, sts == NULL ? NULL : sts->url.host,
		proxy,
	};
	RsdBuf		all;
	bool		good;

	rsd_buf_init(&all, MAX_FINGERPRINT);
	rsd_buf_addf(&all, "%d;%d;%d;%d;%d;", (int) config->source,
				 config->duration_seconds, config->fips, config->dualstack,
				 config->sts_legacy);
	for (size_t i = 0; i < lengthof(texts); i++)
		add_text(&all, texts[i]);
	good = !rsd_buf_failed(&all) && rsd_sha256(rsd_buf_slice(&all), out);
	rsd_buf_wipe(&all);
	rsd_buf_free(&all);
	return good;
}
