package main

import "errors"

// readers is the number of read connections.
const readers = 4

// store is the connections of one file.
type store struct {
	idle chan *reader
	w    *writer
}

func openStore(file string) (*store, error) {
	w, err := newWriter(file)
	if err != nil {
		return nil, err
	}
	s := &store{make(chan *reader, readers), w}
	for range readers {
		r, err := newReader(file)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.idle <- r
	}
	return s, nil
}

// read runs do on an idle reader and then use, which must not keep the answer.
func (s *store) read(do func(*reader) error, use func(answer []byte)) error {
	r := <-s.idle
	defer func() { s.idle <- r }()
	if err := do(r); err != nil {
		return err
	}
	use(r.out)
	return nil
}

func (s *store) close() error {
	err := s.w.close()
	for {
		select {
		case r := <-s.idle:
			err = errors.Join(err, r.conn.Close())
		default:
			return err
		}
	}
}
