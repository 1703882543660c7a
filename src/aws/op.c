/*
 * op.c
 *		Names and quotas of operations.
 */
#include "aws/op.h"

const char *
rsd_op_name(RsdOp op)
{
	switch (op)
	{
		case RSD_OP_EXECUTE:
			return "ExecuteStatement";
		case RSD_OP_BATCH:
			return "BatchExecuteStatement";
		case RSD_OP_DESCRIBE:
			return "DescribeStatement";
		case RSD_OP_RESULT:
			return "GetStatementResult";
		case RSD_OP_RESULT_CSV:
			return "GetStatementResultV2";
		case RSD_OP_CANCEL:
			return "CancelStatement";
		case RSD_OP_LIST_STATEMENTS:
			return "ListStatements";
		case RSD_OP_LIST_SESSIONS:
			return "ListSessions";
		case RSD_OP_LIST_DATABASES:
			return "ListDatabases";
		case RSD_OP_LIST_SCHEMAS:
			return "ListSchemas";
		case RSD_OP_LIST_TABLES:
			return "ListTables";
		case RSD_OP_DESCRIBE_TABLE:
			return "DescribeTable";
		case RSD_OP_PUBLISH:
			return "Publish";
		case RSD_OP_COUNT:
			break;
	}
	return "unknown";
}

/*
 * For GetStatementResultV2 none is published: taken to be the first one's;
 * for ListSessions that of the other lists.
 */
int
rsd_op_quota(RsdOp op)
{
	switch (op)
	{
		case RSD_OP_EXECUTE:
			return 30;
		case RSD_OP_BATCH:
			return 20;
		case RSD_OP_DESCRIBE:
			return 100;
		case RSD_OP_RESULT:
		case RSD_OP_RESULT_CSV:
			return 20;
		case RSD_OP_CANCEL:
		case RSD_OP_LIST_STATEMENTS:
		case RSD_OP_LIST_SESSIONS:
		case RSD_OP_LIST_DATABASES:
		case RSD_OP_LIST_SCHEMAS:
		case RSD_OP_LIST_TABLES:
		case RSD_OP_DESCRIBE_TABLE:
			return 3;
		case RSD_OP_PUBLISH:
		case RSD_OP_COUNT:
			break;
	}
	return 0;
}
