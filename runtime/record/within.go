package record

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Within does work in a transaction that is under way, with all that follows from it: computed
// fields, history and outbox. What it writes passes locks. It is for what must be written together
// with rows that are no records, such as the state of a process.
func (s *Service) Within(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, work func(*Session) error) error {
	return s.join(ctx, tx, cat, p, Options{Atomic: true, Through: true}, work)
}

// Join is Within for what is done on behalf of somebody: locks hold, and watchers hear of it.
func (s *Service) Join(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, work func(*Session) error) error {
	return s.join(ctx, tx, cat, p, Options{Atomic: true}, work)
}

func (s *Service) join(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, opt Options, work func(*Session) error) error {
	b := s.batch(ctx, tx, cat, p, opt)
	if err := work(&Session{b: b}); err != nil {
		return b.explain(err, 0, false)
	}
	if err := b.settle(); err != nil {
		return err
	}
	if err := b.accompany(); err != nil {
		return b.explain(err, 0, false)
	}
	if err := b.publish(nil); err != nil {
		return err
	}
	if err := b.tell(); err != nil {
		return err
	}
	return b.follow()
}

// Reach finds out, in a transaction that is under way, whether the holder of a profile may do op
// with a live record: NOT_FOUND when it is not to be seen, FORBIDDEN when it is to be seen and no
// more.
func (s *Service) Reach(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, o *catalog.Object, id int64, op access.Op) error {
	b := s.batch(ctx, tx, cat, p, Options{})
	if !p.Can(o, access.Read) {
		return notFound(o, id)
	}
	if _, err := b.visible(o, id, access.Read); err != nil {
		return err
	}
	if err := b.can(o, op); err != nil {
		return err
	}
	_, err := b.visible(o, id, op)
	return err
}

// Reading is a session for looking at records in a transaction that is under way, whoever may see
// them. What is written through it is lost.
func (s *Service) Reading(ctx context.Context, tx store.Tx, cat *catalog.Catalog) *Session {
	return &Session{b: s.batch(ctx, tx, cat, access.Everything, Options{})}
}

// Seeing is Reading for the holder of a profile, whose rights Session.Readable asks for.
func (s *Service) Seeing(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile) *Session {
	return &Session{b: s.batch(ctx, tx, cat, p, Options{})}
}
