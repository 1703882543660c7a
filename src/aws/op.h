/*
 * op.h
 *		The service operations this project calls, as values.
 */
#ifndef RSD_AWS_OP_H
#define RSD_AWS_OP_H

typedef enum RsdOp
{
	RSD_OP_EXECUTE,				/* ExecuteStatement */
	RSD_OP_BATCH,				/* BatchExecuteStatement */
	RSD_OP_DESCRIBE,			/* DescribeStatement */
	RSD_OP_RESULT,				/* GetStatementResult */
	RSD_OP_RESULT_CSV,			/* GetStatementResultV2 */
	RSD_OP_CANCEL,				/* CancelStatement */
	RSD_OP_LIST_STATEMENTS,		/* ListStatements */
	RSD_OP_LIST_SESSIONS,		/* ListSessions */
	RSD_OP_LIST_DATABASES,		/* ListDatabases */
	RSD_OP_LIST_SCHEMAS,		/* ListSchemas */
	RSD_OP_LIST_TABLES,			/* ListTables */
	RSD_OP_DESCRIBE_TABLE,		/* DescribeTable */
	RSD_OP_PUBLISH,				/* SNS Publish */
	RSD_OP_COUNT				/* how many; not an operation */
} RsdOp;

/* The operation's name on the wire, a static string. */
extern const char *rsd_op_name(RsdOp op);

/*
 * Calls per second that an account may make in one region, by the quotas
 * Amazon publishes ("Quotas for Amazon Redshift Data API"; not adjustable).
 * 0 where none is known that would concern us.
 */
extern int	rsd_op_quota(RsdOp op);

#endif							/* RSD_AWS_OP_H */
