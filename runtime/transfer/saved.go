package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// SavedExport is an export that a caller keeps under a name.
type SavedExport struct {
	Name    string    `json:"name"`
	Changed time.Time `json:"changed"`
	Export
}

// maxSaved bounds the saved exports of one caller, maxSavedName their names, in characters.
const (
	maxSaved     = 200
	maxSavedName = 100
)

func ownerOf(p ident.Principal) string { return fmt.Sprintf("%d:%s", p.UserID, p.Name) }

func (s *Service) savedOf(ctx context.Context, tx store.Tx, owner string) (out []SavedExport, ids map[string]int64, err error) {
	ids = map[string]int64{}
	err = each(ctx, tx, s.jobs.saved, []value.Value{value.Text(owner)}, func(r driver.Rows) error {
		x := SavedExport{}
		if err := json.Unmarshal([]byte(r.Value(3).Text()), &x.Export); err != nil {
			return fmt.Errorf("read a saved export: %w", err)
		}
		x.Name, x.Changed = strings.Clone(r.Value(1).Text()), r.Value(2).AsTime()
		out, ids[x.Name] = append(out, x), r.Value(0).Int()
		return nil
	})
	return out, ids, err
}

// SavedExports are the caller's saved exports, by name.
func (s *Service) SavedExports(ctx context.Context) (out []SavedExport, err error) {
	owner := ownerOf(caller(ctx).Principal)
	err = s.jobs.db.View(ctx, func(tx store.Tx) error {
		out, _, err = s.savedOf(ctx, tx, owner)
		return err
	})
	return out, err
}

func noExport() *errs.Error {
	return errs.New(errs.NotFound, "there is no saved export of this name", "没有此名称的导出配置")
}

// SavedExport gives one of the caller's saved exports.
func (s *Service) SavedExport(ctx context.Context, name string) (*SavedExport, error) {
	all, err := s.SavedExports(ctx)
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
	}
	if err == nil {
		err = noExport()
	}
	return nil, err
}

// SaveExport keeps an export under a name, in place of the one that had it. An export that could
// not be carried out now is refused.
func (s *Service) SaveExport(ctx context.Context, name string, e Export) (*SavedExport, error) {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxSavedName || !utf8.ValidString(name) {
		return nil, errs.New(errs.InvalidInput, "a name has 1 to %d characters", "名称须为 1 到 %d 个字符", maxSavedName).On("name")
	}
	if _, err := s.Export(ctx, e); err != nil {
		return nil, err
	}
	b, err := json.Marshal(e)
	if err != nil {
		return nil, errs.New(errs.InvalidInput, "filter or orderBy is no JSON", "filter 或 orderBy 不是 JSON").Because(err)
	}
	owner, now := ownerOf(caller(ctx).Principal), s.Clock.Now()
	err = s.jobs.db.Update(ctx, func(tx store.Tx) error {
		_, ids, err := s.savedOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		names, vals := []string{"changed", "spec"}, []value.Value{value.Instant(now), value.JSON(string(b))}
		if id := ids[name]; id != 0 {
			_, err := tx.Update(ctx, exportTable, id, names, vals)
			return err
		}
		if len(ids) >= maxSaved {
			return errs.New(errs.LimitExceeded, "at most %d exports can be saved", "最多保存 %d 个导出配置", maxSaved).With("limit", maxSaved)
		}
		id, err := tx.NextSequence(ctx, exportTable, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, exportTable, append([]string{"id", "owner", "name"}, names...), append([]value.Value{value.Ref(id), value.Text(owner), value.Text(name)}, vals...))
	})
	return &SavedExport{Name: name, Changed: now, Export: e}, err
}

// DeleteExport forgets a saved export.
func (s *Service) DeleteExport(ctx context.Context, name string) error {
	owner := ownerOf(caller(ctx).Principal)
	return s.jobs.db.Update(ctx, func(tx store.Tx) error {
		_, ids, err := s.savedOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		if ids[name] == 0 {
			return noExport()
		}
		_, err = tx.Delete(ctx, exportTable, ids[name])
		return err
	})
}
