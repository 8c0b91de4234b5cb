package model

// Ledger makes the records of an object the entries of accounts: only posted, never changed or
// deleted, with the balance after each. With Lot and Remaining, every credit opens a lot that
// debits use up, those that expire first first; with Status, entries can be pending.
type Ledger struct {
	Account   string `json:"account" required:"true" doc:"field that refers to the record whose account an entry belongs to" zh:"指向账户所属记录的引用字段"`
	Amount    string `json:"amount" required:"true" doc:"number field with the amount: above 0 for credits, below for debits" zh:"金额字段：贷记为正，借记为负"`
	Type      string `json:"type" required:"true" doc:"picklist field that says what kind of entry it is" zh:"流水类型（选项字段）"`
	Balance   string `json:"balance" required:"true" doc:"number field that gets the balance after the entry" zh:"写入记账后余额的数字字段"`
	Key       string `json:"key" required:"true" doc:"unique text field with what tells postings apart: a repeated one happens once" zh:"区分记账的唯一文本字段，重复提交只记一次"`
	At        string `json:"at,omitempty" doc:"datetime field that gets the moment of the posting" zh:"写入记账时刻的日期时间字段"`
	Lot       string `json:"lot,omitempty" doc:"lookup of the ledger to itself: the lot that a debit used or a return filled" zh:"指向本对象的查找字段：借记所用或退回的批次"`
	Remaining string `json:"remaining,omitempty" doc:"number field with what is left of a lot" zh:"批次剩余数量字段"`
	Expires   string `json:"expires,omitempty" doc:"date field with the last day on which a lot can be used" zh:"批次可用的最后一天（日期字段）"`
	Expiry    string `json:"expiry,omitempty" doc:"code of the entries that take expired lots away" zh:"过期流水的类型编码"`
	Undoes    string `json:"undoes,omitempty" doc:"lookup of the ledger to itself: the entry that a release or reversal undoes" zh:"指向本对象的查找字段：退回或冲回的原流水"`
	Status    string `json:"status,omitempty" doc:"picklist field by which entries can be pending" zh:"流水状态（选项字段）"`
	Pending   string `json:"pending,omitempty" doc:"code of Status: not yet, or not yet for good" zh:"待入账状态的编码"`
	Posted    string `json:"posted,omitempty" doc:"code of Status: it counts" zh:"已入账状态的编码"`
	Cancelled string `json:"cancelled,omitempty" doc:"code of Status: it never came to count" zh:"已取消状态的编码"`
	Due       string `json:"due,omitempty" doc:"datetime field: when a pending credit is posted by itself" zh:"待入账贷记自动入账的时刻（日期时间字段）"`
}
