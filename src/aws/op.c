/*
 * op.c
 *		Names of operations.
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
		case RSD_OP_PUBLISH:
			return "Publish";
		case RSD_OP_COUNT:
			break;
	}
	return "unknown";
}
