/*
 * option_check.h
 *	  Checks of single option values, and reading intervals.
 *
 * Each takes the option's name (for the message) and its value and raises
 * ERRCODE_INVALID_PARAMETER_VALUE, with a detail that says what was expected,
 * unless the value will do.  None allocates anything that outlives the call.
 */
#ifndef RSD_PG_OPTION_CHECK_H
#define RSD_PG_OPTION_CHECK_H

#include "datatype/timestamp.h"

typedef void (*RsdOptionCheck) (const char *name, const char *value);

/* Any text that is not empty and has no control characters. */
extern void rsd_check_text(const char *name, const char *value);

/* The same without blanks, and the message does not show the value. */
extern void rsd_check_secret(const char *name, const char *value);

/* A region's name, as eu-west-1. */
extern void rsd_check_region(const char *name, const char *value);

/* The service's pattern for ClusterIdentifier. */
extern void rsd_check_cluster(const char *name, const char *value);

/* The service's pattern for WorkgroupName: a name, or a workgroup's ARN. */
extern void rsd_check_workgroup(const char *name, const char *value);

/* A secret of Secrets Manager: a name or an ARN. */
extern void rsd_check_secret_arn(const char *name, const char *value);

/* An SNS topic's ARN. */
extern void rsd_check_topic(const char *name, const char *value);

/* ARNs of SNS topics, separated by commas, at least one. */
extern void rsd_check_topics(const char *name, const char *value);

/* A well-formed URL, http or https. */
extern void rsd_check_url(const char *name, const char *value);

/*
 * A proxy's URL, with or without user and password, or "none".  The message
 * shows no part of it.
 */
extern void rsd_check_proxy(const char *name, const char *value);

/* An integer from 1 to 500, the service's limit of active statements. */
extern void rsd_check_in_flight(const char *name, const char *value);

/* A number from 0.001 to 1; 0 (no limit) from superusers only. */
extern void rsd_check_quota_share(const char *name, const char *value);

/* An interval from 0 (none) to 30 days. */
extern void rsd_check_interval(const char *name, const char *value);

/* A boolean. */
extern void rsd_check_boolean(const char *name, const char *value);

/* "always" or "needed". */
extern void rsd_check_describe(const char *name, const char *value);

/* "json" or "auto"; "csv" is not supported yet. */
extern void rsd_check_result_format(const char *name, const char *value);

/* The name of a source of credentials. */
extern void rsd_check_source(const char *name, const char *value);

/* What the service takes as the ARN of a role. */
extern void rsd_check_role_arn(const char *name, const char *value);

/* What the service takes as an external id. */
extern void rsd_check_external_id(const char *name, const char *value);

/* What the service takes as the name of a role's session. */
extern void rsd_check_session_name(const char *name, const char *value);

/* The seconds that a role's session may last: 900 to 43200. */
extern void rsd_check_duration(const char *name, const char *value);

/*
 * Reads an interval, palloc'd in CurrentMemoryContext.  Core's error for what
 * is none gets the option's name as context.
 */
extern Interval *rsd_read_interval(const char *name, const char *value);

/*
 * Microseconds of an interval for comparing, with months of 30 days; clamps
 * instead of overflowing.
 */
extern int64 rsd_interval_usec(const Interval *interval);

#endif							/* RSD_PG_OPTION_CHECK_H */
