package model

// Connection is connections/<name>.json: how another system is reached. It holds no secret, only the
// names that secrets are kept by; administrators set those.
type Connection struct {
	Schema  string             `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string             `json:"name" required:"true" form:"name" doc:"name of the connection, as its file" zh:"连接名称，与文件名一致"`
	Label   Text               `json:"label" doc:"name for people" zh:"显示名称"`
	Type    string             `json:"type" required:"true" form:"name" doc:"connector that is used, such as http, webhook or smtp" zh:"所用连接器，如 http、webhook、smtp"`
	Address string             `json:"address" required:"true" doc:"URL of the other system: https://…, smtp://host:587 or smtps://host:465" zh:"对方地址：https://…、smtp://host:587 或 smtps://host:465"`
	From    string             `json:"from,omitempty" doc:"who sends: a mail address, or the number of the application" zh:"发送方：邮箱地址或应用编号"`
	Auth    ConnectionAuth     `json:"auth,omitzero" doc:"how the platform shows who it is" zh:"认证方式"`
	Limits  ConnectionLimits   `json:"limits,omitzero" doc:"what one call may take" zh:"调用限制"`
	Request *ConnectionRequest `json:"request,omitempty" doc:"of http: the request that carries a message" zh:"http：承载消息的请求"`
	Notify  *ConnectionNotify  `json:"notify,omitempty" doc:"people are notified through this connection" zh:"通过本连接通知用户"`
	Pos     Positions          `json:"-"`
}

// ConnectionAuth says how the platform shows who it is.
type ConnectionAuth struct {
	Type    string   `json:"type,omitempty" enum:"none,basic,bearer,api_key,oauth2_client,oauth2_refresh,app,signature" doc:"none (the default); basic: user and password; bearer: a token; api_key: a header; oauth2_client, oauth2_refresh: OAuth 2; app: number and secret of an application; signature: requests are signed" zh:"none（默认）、basic、bearer、api_key、oauth2_client、oauth2_refresh、app（应用凭据）、signature（签名）"`
	Secret  string   `json:"secret,omitempty" doc:"name of the secret: password, token, key or client secret" zh:"密钥名称：密码、令牌、密钥或客户端密钥"`
	User    string   `json:"user,omitempty" doc:"of basic: the user; of oauth2 and app: the client's id" zh:"basic：用户名；oauth2、app：客户端标识"`
	Header  string   `json:"header,omitempty" doc:"of api_key: name of the header" zh:"api_key：请求头名称"`
	Token   string   `json:"token,omitempty" doc:"of oauth2: URL that gives tokens" zh:"oauth2：令牌地址"`
	Refresh string   `json:"refresh,omitempty" doc:"of oauth2_refresh: name of the secret that holds the first refresh token" zh:"oauth2_refresh：首个刷新令牌的密钥名称"`
	Scopes  []string `json:"scopes,omitempty" doc:"of oauth2: what is asked for" zh:"oauth2：申请的权限范围"`
}

// ConnectionLimits bound one call, and how many there are.
type ConnectionLimits struct {
	Timeout  int      `json:"timeout,omitempty" doc:"milliseconds that a call may take, 10000 unless given and at most 60000" zh:"单次调用毫秒数，默认 10000，最大 60000" schema:"{\"minimum\":0,\"maximum\":60000}"`
	Rate     int      `json:"rate,omitempty" doc:"calls in a minute; any number unless given" zh:"每分钟调用次数，默认不限" schema:"{\"minimum\":0,\"maximum\":100000}"`
	Body     int      `json:"body,omitempty" doc:"kilobytes of an answer, 1024 unless given and at most 10240" zh:"应答 KB 数，默认 1024，最大 10240" schema:"{\"minimum\":0,\"maximum\":10240}"`
	Hosts    []string `json:"hosts,omitempty" doc:"hosts that may be called beside the address's own; *.example.com for all below one" zh:"除地址本身外允许访问的主机；*.example.com 表示其下全部"`
	Private  bool     `json:"private,omitempty" doc:"true: addresses of private networks and of this machine may be called" zh:"是否允许访问内网与本机地址"`
	Failures int      `json:"failures,omitempty" doc:"days of nothing but failures after which it is switched off, 5 unless given" zh:"连续失败多少天后停用，默认 5" schema:"{\"minimum\":0,\"maximum\":30}"`
}

// ConnectionRequest is how a message becomes an HTTP request. {{name}} in its texts stands for a value of
// the message.
type ConnectionRequest struct {
	Method  string            `json:"method,omitempty" enum:"GET,POST,PUT,PATCH,DELETE" doc:"POST unless given" zh:"默认 POST"`
	Path    string            `json:"path,omitempty" doc:"behind the address" zh:"接在地址之后的路径"`
	Headers map[string]string `json:"headers,omitempty" doc:"further headers" zh:"附加请求头"`
	Body    map[string]string `json:"body,omitempty" doc:"texts by the path of the JSON that is sent, such as order.number" zh:"按 JSON 路径（如 order.number）给出的文本"`
	Result  map[string]string `json:"result,omitempty" doc:"what is kept of the answer: paths in its JSON by name" zh:"保留的应答内容：名称对应 JSON 路径"`
}

// ConnectionNotify makes a connection a channel to people.
type ConnectionNotify struct {
	Field   string `json:"field" required:"true" form:"name" doc:"text field of the user's record that holds the person's address" zh:"用户记录中存放收件地址的文本字段"`
	Default bool   `json:"default,omitempty" doc:"true: people who chose nothing are notified so" zh:"未作选择的用户是否默认使用"`
}

// Webhook is webhooks/<name>.json: changes of records that another system is told of.
type Webhook struct {
	Schema     string    `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name       string    `json:"name" required:"true" form:"name" doc:"name of the webhook, as its file" zh:"Webhook 名称，与文件名一致"`
	Label      Text      `json:"label" doc:"name for people" zh:"显示名称"`
	Connection string    `json:"connection" required:"true" form:"name" doc:"connection that it is sent through" zh:"所用连接"`
	Object     string    `json:"object" required:"true" form:"name" doc:"object whose records are told of" zh:"对象"`
	On         []string  `json:"on" required:"true" enum:"create,update,delete,restore" doc:"what is told" zh:"通知的变更类型"`
	Changed    []string  `json:"changed,omitempty" doc:"of update: fields of which one must have changed" zh:"update：至少一个须发生变化的字段"`
	When       string    `json:"when,omitempty" doc:"condition; PRIOR, ISCHANGED and ISNEW tell of the change" zh:"条件，可用 PRIOR、ISCHANGED、ISNEW"`
	Fields     []string  `json:"fields,omitempty" doc:"fields whose values are sent; the record's id alone unless given" zh:"发送的字段，默认仅发送记录编号"`
	Pos        Positions `json:"-"`
}

// Hook is hooks/<name>.json: what another system may tell the platform, at /hooks/<token>. Administrators
// make the token, for a user whose rights hold.
type Hook struct {
	Schema string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name   string            `json:"name" required:"true" form:"name" doc:"name of the hook, as its file" zh:"入站 Webhook 名称，与文件名一致"`
	Label  Text              `json:"label" doc:"name for people" zh:"显示名称"`
	Verify string            `json:"verify,omitempty" enum:"standard,hmac,token" doc:"standard: signed as Standard Webhooks say (the default); hmac: an HMAC-SHA-256 of the body in a header; token: the address alone" zh:"standard（默认，Standard Webhooks 签名）、hmac（请求头中的 HMAC-SHA-256）、token（仅凭地址）"`
	Secret string            `json:"secret,omitempty" doc:"name of the secret that messages are signed with" zh:"签名密钥名称"`
	Header string            `json:"header,omitempty" doc:"of hmac: name of the header that holds the signature in hexadecimal" zh:"hmac：签名（十六进制）所在请求头"`
	ID     string            `json:"id,omitempty" doc:"where the sender's id of a message is: header:<name> or a path in the body; webhook-id of standard" zh:"消息标识的位置：header:<名称> 或正文路径；standard 为 webhook-id"`
	Object string            `json:"object,omitempty" form:"name" doc:"object whose records it writes; of flow: none" zh:"写入的对象；flow 时不填"`
	Do     string            `json:"do,omitempty" enum:"create,upsert,action,flow" doc:"create (the default), upsert by key, action: an action of the record that has the key, or flow: the flows that have it as trigger are run" zh:"create（默认）、按 key upsert、action：对该键的记录执行操作，或 flow：运行以其为触发条件的自动化"`
	Key    []string          `json:"key,omitempty" doc:"of upsert and action: fields of a unique key" zh:"upsert、action：唯一键字段"`
	Action string            `json:"action,omitempty" doc:"of action: name of the record action" zh:"action：记录操作名称"`
	Set    map[string]string `json:"set" required:"true" doc:"paths in the body by field; of action by field of the key and of its input; of flow by name in event" zh:"字段对应的正文路径；action 时为键字段与输入字段；flow 时为 event 中的名称"`
	Pos    Positions         `json:"-"`
}

// Message is messages/<name>.json: what people are told, with {{expression}} for what is known of the
// record.
type Message struct {
	Schema  string    `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Name    string    `json:"name" required:"true" form:"name" doc:"name of the message, as its file" zh:"消息名称，与文件名一致"`
	Label   Text      `json:"label" doc:"name for people" zh:"显示名称"`
	Object  string    `json:"object" required:"true" form:"name" doc:"object of the record that it tells of" zh:"所针对记录的对象"`
	Subject Text      `json:"subject" required:"true" doc:"first line, with {{expression}}" zh:"标题，可含 {{表达式}}"`
	Body    Text      `json:"body,omitempty" doc:"the rest, with {{expression}}" zh:"正文，可含 {{表达式}}"`
	Pos     Positions `json:"-"`
}
