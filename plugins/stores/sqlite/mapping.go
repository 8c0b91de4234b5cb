package sqlite

import "sync"

// mappings are the files that connections map, each once for all of them. SQLite takes its own mapping away whenever
// somebody else has written, since POSIX does not say that it shows what was written; on Linux it does. Each read behind
// a write would begin with a file of which no page is mapped, and pay a page fault for each page that it looks at: with
// one write to nine reads that was four fifths of all processor time where faults are dear.
type mappings struct {
	mu      sync.Mutex
	files   map[fileID]*mappedFile
	byFD    map[int32]*mappedFile
	regions map[uintptr]*region
	system  mapper
}

// fileID tells files apart: their device and inode.
type fileID [2]uint64

// mappedFile is an open file with its mapping.
type mappedFile struct {
	id     fileID
	fds    int
	latest *region // nil: none yet
}

// region is a mapping. The latest of a file is kept when nobody uses it; an earlier one, which the file has outgrown,
// goes with its last user.
type region struct {
	addr, size uintptr
	users      int
	latest     bool
}

// mapper are the calls of the system.
type mapper interface {
	mmap(fd int32, size uintptr) (addr uintptr, ok bool)
	munmap(addr, size uintptr)
	identify(fd int32) (fileID, bool)
}

// room is how far the mapping of a file of so many bytes reaches, so that a growing one is rarely mapped anew. What
// lies behind the file's end takes addresses only; SQLite asks for no page there.
func room(size uintptr) uintptr { return max(2*size, 64<<20) }

func newMappings(system mapper) *mappings {
	return &mappings{files: map[fileID]*mappedFile{}, byFD: map[int32]*mappedFile{}, regions: map[uintptr]*region{}, system: system}
}

// take gives where the first so many bytes of an open file are mapped. It must be given back.
func (m *mappings) take(fd int32, size uintptr) (addr uintptr, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.file(fd)
	if !ok {
		return 0, false
	}
	if f.latest == nil || f.latest.size < size {
		addr, ok := m.system.mmap(fd, room(size))
		if !ok {
			return 0, false
		}
		m.retire(f)
		f.latest = &region{addr: addr, size: room(size), latest: true}
		m.regions[addr] = f.latest
	}
	f.latest.users++
	return f.latest.addr, true
}

// give takes back what take gave, and tells whether it was that.
func (m *mappings) give(addr uintptr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.regions[addr]
	if r == nil {
		return false
	}
	r.users--
	m.drop(r)
	return true
}

// shared tells whether an address lies in a mapping of ours.
func (m *mappings) shared(addr uintptr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.regions {
		if r.addr <= addr && addr < r.addr+r.size {
			return true
		}
	}
	return false
}

// forget is called before a file is closed: the mapping goes with the last of its descriptors.
func (m *mappings) forget(fd int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.byFD[fd]
	if f == nil {
		return
	}
	delete(m.byFD, fd)
	if f.fds--; f.fds == 0 {
		m.retire(f)
		delete(m.files, f.id)
	}
}

func (m *mappings) file(fd int32) (*mappedFile, bool) {
	if f := m.byFD[fd]; f != nil {
		return f, true
	}
	id, ok := m.system.identify(fd)
	if !ok {
		return nil, false
	}
	f := m.files[id]
	if f == nil {
		f = &mappedFile{id: id}
		m.files[id] = f
	}
	f.fds++
	m.byFD[fd] = f
	return f, true
}

// retire ends the time of a file's latest mapping.
func (m *mappings) retire(f *mappedFile) {
	if r := f.latest; r != nil {
		f.latest, r.latest = nil, false
		m.drop(r)
	}
}

// drop unmaps what nobody uses and nobody will.
func (m *mappings) drop(r *region) {
	if r.users == 0 && !r.latest {
		delete(m.regions, r.addr)
		m.system.munmap(r.addr, r.size)
	}
}
