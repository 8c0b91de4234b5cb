// Package auth knows who calls: logins, passwords, sessions and API keys of a tenant, kept in the
// tenant's own store. Of secrets it stores digests, hashes, or sealed text. Whose user record is
// active it is told; what a caller may do is runtime/access.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// People tells what the records say about users.
type People interface {
	// Active says whether there is such a user, and may sign in at all.
	Active(ctx context.Context, tx store.Tx, user int64) (bool, error)
	// Tables are the physical tables of which some are written to whenever that changes.
	Tables() []string
	// Rule is comparable, and another one once a publish may have changed what makes a user active. It is
	// asked before Active, whose answer holds no longer than the rule.
	Rule() any
}

// Deps are what a Service works with.
type Deps struct {
	DB      *store.DB
	Clock   clock.Clock
	People  People
	Audit   *audit.Log
	Secrets *seal.Ring
	Cost    Cost // of hashing a password; the zero one is DefaultCost
}

// Service authenticates the callers of one tenant.
type Service struct {
	Deps
	q        statements
	failures *failures
	recent   *recent
	written  *store.Watch  // everything that Authenticate reads
	hashing  chan struct{} // room for passwords that are hashed at a time: each takes much memory
}

// maxHashing is how many passwords are hashed at a time.
const maxHashing = 4

// New makes the service; the system tables exist.
func New(d Deps) (*Service, error) {
	if d.Cost == (Cost{}) {
		d.Cost = DefaultCost
	}
	s := &Service{Deps: d, failures: newFailures(d.Clock), recent: &recent{by: map[[sha256.Size]byte]accepted{}}, written: d.DB.Watch(append(d.People.Tables(), loginTable, sessionTable, keyTable, settingTable)...), hashing: make(chan struct{}, maxHashing)}
	if err := s.q.prepare(d.DB); err != nil {
		return nil, err
	}
	return s, nil
}

// secret makes an unguessable token of 256 bits behind a prefix that secret scanners can know.
func secret(prefix string) (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// digest is what is stored of a token. Tokens are looked up by it, never compared, so that timing
// tells nothing about those that are stored.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

func randomID() (int64, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, fmt.Errorf("make an id: %w", err)
	}
	return int64(binary.BigEndian.Uint64(b[:]) >> 1), nil
}

// idText is how an id of this package is shown.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

// each runs fn on every row of a statement.
func each(ctx context.Context, tx store.Tx, st driver.Stmt, args []value.Value, fn func(driver.Rows) error) error {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for err == nil && rows.Next() {
		err = fn(rows)
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

func unauthenticated() error {
	return errs.New(errs.Unauthenticated, "sign in, or send a valid API key", "请登录，或提供有效的 API 密钥")
}
