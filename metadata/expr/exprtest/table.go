package exprtest

import (
	"slices"
	"strings"
)

// table is the language piece by piece: each operator and function over stored fields, over
// nulls, over mixed types and over relations.
func table() []string {
	return slices.Concat(logicTable(), numberTable(), textTable(), dateTable(), recordTable(), chains(), unpushableTable())
}

func logicTable() []string {
	return []string{
		// fields and three-valued logic
		"vip", "not vip", "!vip", "vip and hot", "vip or hot", "vip && !hot || hot", "not (vip and hot)", "not (vip or not hot)", "AND(vip, hot, n > 0)", "OR(vip, hot, n > 0)",
		"vip == hot", "vip != hot", "vip < hot", "vip == true", "vip = false", "vip == null", "vip is not null", "true", "false", "null", "vip and null", "vip or null", "vip and true",
		"(n > 1) == (m > 1)", "(n > 1) is null", "not (n is null)", "vip == 1", "0 < vip", "vip + hot", "10 * (n > 0) - (vip)", "n > vip", "amount == vip",
		// comparisons
		"n == 5", "n = 5", "n != 5", "n <> 5", "n < 5", "n <= 5", "n > 5", "n >= 5", "5 > n", "n == null", "n != null", "n > null", "null >= n", "n is null", "n is not null",
		"n == m", "n < amount", "amount == rate", "amount >= wide", "wide > n", "n > 4.5", "n == 2.0", "amount == 1", "amount > 1.005", "amount < 1.005", "amount == 1.005", "amount != 1.005",
		"wide == 0.0000000001", "wide > 1234567890123456789012345678.0123456788", "n < 9223372036854775808", "n >= -9223372036854775808", "amount < 99999999999999999999999999999999999999",
		"n between 1 and 5", "n not between 1 and 5", "amount between m and rate", "n between null and 3", "n in (1, 2, 3)", "n not in (1, 2)", "n in (1, null)", "amount in (1, 1.00, 0.5)", "n in (m, rate, 3)",
		"n in [5]", "vip in (true)", "due in ('2026-03-31', '2026-04-01')",
		// choices and blanks
		"vip ? 1 : 2", "vip ? n : m", "vip ? n : amount", "vip ? 1.50 : null", "IF(n > m, n)", "IF(null, 1, 2)", "IF(vip, name, note)", "IF(vip, due, start)", "IF(vip, at, NOW())", "IF(vip, hot, n > 1)", "IF(vip, owner, helper)",
		"IF(vip, null, null)", "IF(vip, tags, null)", "IF(vip, clock, close)", "IF(n > 0, 'a', IF(n < 0, 'b', null)) == 'a'", "IF(vip, n, rate) > IF(hot, m, 1.5)", "IF(vip, null, null) is null",
		"CASE(status, 'open', 1, 'won', 2)", "CASE(status, 'open', 'o', 'w')", "CASE(n, 1, 'one', m, 'm', null)", "CASE(vip, true, 'y', 'n')", "CASE_RANGE(amount, 0, 'low', 10.5, 'mid', 'high')", "CASE_RANGE(n, m, 1, 100, 2.5, null)",
		"COALESCE(n, m)", "COALESCE(n, amount, 0)", "COALESCE(null, name, 'x')", "COALESCE(due, start, TODAY())", "COALESCE(vip, false)", "not COALESCE(vip, hot, false)", "COALESCE(owner, helper)", "COALESCE(n)",
		"ISBLANK(name)", "ISBLANK(n)", "ISBLANK(tags)", "ISBLANK(peers)", "ISBLANK(owner)", "not ISBLANK(note)", "ISBLANK(IF(vip, name, ''))", "ISBLANK(vip)", "ISBLANK('')",
	}
}

func numberTable() []string {
	return []string{
		"n + m", "n - m", "n * m", "n / m", "n % m", "-n", "- -n", "n + 1", "1 - n", "n * n", "n * n * n", "n / 0", "n % 0", "amount + rate", "amount * rate", "amount / rate", "amount % rate", "wide + n", "wide * 2",
		"wide / 3", "wide * wide", "-wide", "(n + m) * (amount - rate)", "n + m * amount / 3 - rate", "amount / 3", "1 / 3 * amount", "n + null", "null * n", "0.1 + 0.2 == 0.3", "amount * 100 == n", "n * 2 > m + 3", "n / 7 * 7 == n",
		"ABS(n)", "ABS(amount)", "ABS(wide)", "ABS(-rate)", "ABS(vip)", "FLOOR(amount)", "FLOOR(rate)", "FLOOR(wide)", "FLOOR(n / 7)", "CEIL(amount)", "CEIL(-rate)", "CEIL(n / m)", "FLOOR(n)",
		"ROUND(amount)", "ROUND(rate, 2)", "ROUND(wide, 4)", "ROUND(n / 7, 3)", "ROUND(amount, 0)", "ROUND(n, -2)", "ROUND(amount, -1)", "ROUND(rate, 18)", "ROUND(rate, 19)", "ROUND(rate, -18)", "ROUND(rate, -19)", "ROUND(rate, 1.5)", "ROUND(rate, -1.5)",
		"ROUND(rate, 1 + 1)", "ROUND(rate, null)", "ROUND(amount, 1000000000000000000000000000000)", "ROUND(vip)", "ROUND(n, m)",
		"ABS(n) > ABS(m)", "FLOOR(rate) == CEIL(rate)", "ROUND(amount * rate, 2) between -10 and 10",
	}
}

func textTable() []string {
	return []string{
		"name", "name == 'a'", "name != 'a'", "name < 'b'", "name >= 'B'", "name == note", "name < note", "name == ''", "name in ('a', 'A', '经销商')", "name not in ('a')", "name in (note, 'a')", "name in ('o''Neil')", "name == \"100%_x\"",
		"status == 'open'", "status in ('open', 'won')", "status not in ('lost')", "status == name",
		"CONTAINS(name, 'A')", "CONTAINS(name, 'ä')", "CONTAINS(name, '')", "CONTAINS(name, note)", "CONTAINS(name, '%_')", "CONTAINS(name, null)", "not CONTAINS(name, 'a')", "STARTS_WITH(name, 'A')", "STARTS_WITH(name, note)", "STARTS_WITH(name, '')",
		"ENDS_WITH(name, 'B')", "ENDS_WITH(name, note)", "ENDS_WITH(name, '')", "ENDS_WITH(name, 'xabc')", "STARTS_WITH('abc', name)", "CONTAINS(name, '\\')",
		"CONCAT(name)", "CONCAT(name, note)", "CONCAT(name, ' ', note, '!')", "CONCAT(name, null, 'x')", "CONCAT(null)", "CONCAT(name, note) == 'aa'", "CONCAT(name, '-') > CONCAT(note, '-')", "STARTS_WITH(CONCAT(name, note), 'a')",
		"LEN(name)", "LEN(name) > 2", "LEN(CONCAT(name, note))", "LEN('𝒳y')", "LEN(name) * 2 + n",
		"CONTAINS(tags, 'a')", "'a' in tags", "'A' not in tags", "name in tags", "tags in ('a', 'b')", "tags not in ('a')", "CONTAINS(tags, '\"')", "parent in peers", "id in peers", "peers in (parent, id)", "CONTAINS(peers, owner)", "CONTAINS(tags, null)",
		"tags == null", "tags is not null", "CONTAINS(IF(vip, tags, null), 'a')",
	}
}

func dateTable() []string {
	var out []string
	for _, p := range []string{"TODAY", "YESTERDAY", "TOMORROW", "THIS_WEEK", "LAST_WEEK", "NEXT_WEEK", "THIS_MONTH", "LAST_MONTH", "NEXT_MONTH", "THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR", "NEXT_YEAR"} {
		out = append(out, "due in "+p, "at not in "+p)
	}
	return append(out,
		"due", "due == start", "due < '2026-04-01'", "due >= DATE('2026-03-31')", "due == TODAY()", "due != null", "due between '2026-01-01' and TODAY()", "at > NOW()", "at == till", "at <= '2026-03-31T16:00:00Z'", "at between '2026-01-01T00:00:00+08:00' and NOW()",
		"due == at", "at > due", "at == '2026-04-01'", "clock < close", "clock == close",
		"due + 1", "due - 1", "due + n", "due - m", "due + m * 2", "due - m + 1", "due + vip", "due + null", "start + LEN(name)", "due + DAYS(start, due)", "due + n > start", "ADD_DAYS(due, 30)", "ADD_DAYS(due, m)", "ADD_DAYS(due, m + n)", "ADD_DAYS(due, -n)",
		"ADD_DAYS(due, ABS(m))", "ADD_DAYS(due, FLOOR(rate))", "ADD_DAYS(due, 5000000)", "ADD_DAYS(due, n * n * n)", "ADD_DAYS(ADD_DAYS(due, n), m)", "ADD_DAYS(due, null)", "ADD_DAYS(due, 1) in THIS_MONTH",
		"due - start", "DAYS(due, start)", "DAYS(due, '2026-01-01') > 30", "DAYS(TODAY(), due)", "due - TODAY()", "DAYS(due, start) * 2 + 1", "ABS(DAYS(due, start))", "DAYS(due + m, start)",
		"YEAR(due)", "MONTH(due)", "DAY(due)", "YEAR(at)", "MONTH(at)", "DAY(at)", "YEAR(due) == YEAR(TODAY())", "MONTH(due + 1)", "DATE(at)", "DATE(due)", "DATE(at) == due", "DATE(at) + 1", "DATE('2026-02-30')", "DATE(NOW())", "HOUR(at)", "HOUR(at) >= 9 and HOUR(at) < 18",
		"START_OF_MONTH(due)", "START_OF_MONTH(at)", "START_OF_MONTH(due) == START_OF_MONTH(TODAY())", "END_OF_DAY(TODAY()) > at", "START_OF_YEAR(TODAY()) <= due", "ADD_MONTHS(TODAY(), -1) < due", "due < ADD_YEARS(TODAY(), 1)", "DAYS_TO_ANNIVERSARY(DATE('2000-04-03')) + m",
		"NOW()", "TODAY()", "IF(due < TODAY(), due, start)", "COALESCE(due, DATE(at)) < TODAY()")
}

func recordTable() []string {
	return []string{
		"parent", "id", "id == parent", "parent == null", "parent != id", "owner == helper", "owner == owner.boss", "owner in (helper, parent.owner)", "parent.id == parent",
		"owner.name", "owner.name == 'a'", "owner.level > 1", "owner.level + n", "owner.quota * rate", "owner.active", "not owner.active", "owner.active and vip", "owner.boss.name", "owner.boss.level > owner.level", "owner.boss.boss.level", "parent.owner.boss.joined", "parent.due - due",
		"parent.parent.n", "parent.amount >= amount", "CONTAINS(owner.name, name)", "CONTAINS(parent.tags, 'a')", "CONCAT(parent.name, '/', name)", "owner.joined in THIS_YEAR", "parent.at > at", "DATE(parent.at)", "ISBLANK(owner.name)", "COALESCE(owner.level, parent.owner.level, 0)", "owner.name in (helper.name, 'a')",
		"IF(owner.active, owner.level, helper.level)", "YEAR(owner.joined)", "id in parent.peers", "LEN(owner.boss.name) > 1",
		// fields that are computed when they are read
		"margin", "margin > 0", "parent.margin < margin", "late", "not late", "parent.late or late", "rank", "rank >= 2", "label", "label == 'a/a'", "owner.senior", "not owner.senior", "owner.boss.senior and late",
		// children
		"EXISTS(line)", "not EXISTS(line)", "EXISTS(line, qty > 0)", "EXISTS(line, qty > 0 and price < 5.5) or vip", "EXISTS(line, by.level > 1)", "EXISTS(line, memo is null)", "EXISTS(line.thing, CONTAINS(memo, 'a'))", "EXISTS(line.others)", "EXISTS(line.others, qty == 1)", "EXISTS(line@about)",
		"EXISTS(line@about, price > 0) and n > 0", "COUNT(line) > 0", "COUNT(line, qty > 1) > 0", "IF(EXISTS(line), 1, 0)", "EXISTS(line, thing.n > 0)", "EXISTS(line, thing.parent.owner.senior)", "EXISTS(line, by == null)", "EXISTS(thing.parent, EXISTS(line, qty > 0))", "EXISTS(thing.parent, n > 0) and not EXISTS(line)", "busy", "not busy or EXISTS(thing.parent, busy)", "EXISTS(line, NOW() > '2020-01-01T00:00:00Z')",
		"ISNEW()", "not ISNEW()",
	}
}

// chains are as long and as deep as the language allows.
func chains() []string {
	repeat := func(s, sep string, n int) string { return strings.Repeat(s+sep, n-1) + s }
	return []string{
		repeat("n", " + ", 240), repeat("m > 1", " or ", 120), repeat("m > 1", " and ", 120), repeat("vip", " or ", 240), strings.Repeat("(m > 1 and (vip or ", 20) + "hot" + strings.Repeat("))", 20), repeat("due", " + 1 - 1 + ", 1) + strings.Repeat(" + 1 - 1", 100),
		strings.Repeat("-", 60) + "n", strings.Repeat("not ", 60) + "vip", strings.Repeat("IF(vip, ", 50) + "n" + strings.Repeat(", m)", 50), strings.Repeat("vip ? 1 : ", 50) + "2", "COALESCE(" + repeat("n", ", ", 60) + ")",
		"name in (" + repeat("'a'", ", ", 240) + ")", "n in (" + repeat("3", ", ", 240) + ")", "n in (" + repeat("m", ", ", 240) + ")", "CONCAT(" + repeat("name", ", ", 64) + ")", repeat("parent.n", " + ", 100), repeat("EXISTS(line, qty > 1)", " or ", 40),
		repeat("amount * rate", " + ", 120), "CASE(n, " + repeat("1, 2", ", ", 100) + ")", strings.Repeat("parent.", 30) + "n", strings.Repeat("ABS(", 60) + "n" + strings.Repeat(")", 60),
	}
}

// unpushableTable has one use of each function that stays in Go.
func unpushableTable() []string {
	return []string{
		"LOWER(name) == 'a'", "UPPER(name) == 'A'", "TRIM(name) == 'pad'", "REGEX(name, '^a')", "URL_WITH_QUERY('https://x', 'q', name)", "NORM_PHONE(name)", "NORM_EMAIL(name)", "NORM_COMPANY(name)", "NORM_NAME(name)", "NORM_TEXT(name)", "LEFT(name, 2)", "ALIKE_KEY(name, 1)", "DICE(name, note) > 0.5", "LEVENSHTEIN(name, note) > 0.5", "JARO_WINKLER(name, note) > 0.5", "GB32100_VALID(name)",
		"IN_TREE(name, note)", "LEAST(n, m)", "GREATEST(n, m)", "MIN(n, m)", "MAX(n, 3)", "POW(m, 2)", "LN(rate)", "SQRT(rate)", "ERFC(rate)", "DATE(name)", "DAYS(at, till)", "ADD_DAYS(at, 1)", "ADD_DAYS(due, rate)",
		"ADD_MONTHS(due, 1)", "ADD_YEARS(due, 1)", "START_OF_YEAR(due)", "END_OF_DAY(due)", "DAYS_TO_ANNIVERSARY(due)", "COUNT(line)", "COUNT(line) > 1", "SUM(line, qty)", "AVG(line, price, qty > 0)", "MIN(line, price)", "MAX(line, price) > 1",
		"EXISTS(thing.parent, COUNT(line) > 1)", "parent.busy", "PRIOR(n) == n", "ISCHANGED(n)", "ISCHANGED_ANY(n, m)", "HAS_ROLE('admin')", "SETTING('x') == 'y'",
		"CONVERT(amount, name, 'CNY', due) > 5", "RATE('USD', name, due) > 1", "BASE_CURRENCY() == 'CNY'", "CURRENCY_DIGITS(name) == 2",
		"DECIDE('size.name', amount) == 'large'", "TIER('ladder', amount) > 1", "TIER_RATE('ladder', n) > 0.5",
	}
}

// Unpushable names what the translation leaves to Go, as it names it itself.
func Unpushable() []string {
	return []string{
		"LOWER", "UPPER", "TRIM", "REGEX", "URL_WITH_QUERY", "NORM_PHONE", "NORM_EMAIL", "NORM_COMPANY", "NORM_NAME", "NORM_TEXT", "LEFT", "ALIKE_KEY", "DICE", "LEVENSHTEIN", "JARO_WINKLER", "GB32100_VALID", "IN_TREE", "LEAST", "GREATEST", "POW", "LN", "SQRT", "ERFC",
		"ROUND to a number of digits that is not constant", "DATE of a text field", "DAYS of moments", "ADD_DAYS to a moment", "ADD_MONTHS", "ADD_YEARS", "START_OF_YEAR", "END_OF_DAY", "DAYS_TO_ANNIVERSARY",
		"an aggregate", "PRIOR", "HAS_ROLE", "SETTING", "CONVERTED", "CROSS_RATE", "BASE_CURRENCY", "CURRENCY_DIGITS", "DECIDE", "TIER", "TIER_RATE",
	}
}
