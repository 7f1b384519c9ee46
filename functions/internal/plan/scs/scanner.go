package scs

import (
	"fmt"
	"strconv"
	"strings"
)

// highestCount keeps every number of a name, in MiB too, far from overflow.
const highestCount = 999_999_999

// scanner walks through a name one piece at a time. Underscores part the
// pieces: the first is the base, each later one an extension.
type scanner struct {
	name     string
	pos, end int // end of the piece at hand; both are byte offsets into name
}

// newScanner stands at the start of the first piece.
func newScanner(name string) *scanner {
	s := &scanner{name: name}
	s.enter(0)
	return s
}

// next moves on to the next piece and reports whether there is one.
func (s *scanner) next() bool {
	if s.end == len(s.name) {
		return false
	}
	s.enter(s.end + 1)
	return true
}

func (s *scanner) enter(start int) {
	s.pos, s.end = start, len(s.name)
	if i := strings.IndexByte(s.name[start:], '_'); i >= 0 {
		s.end = start + i
	}
}

// rest is what is left of the piece.
func (s *scanner) rest() string {
	return s.name[s.pos:s.end]
}

// accept steps over text if it comes next.
func (s *scanner) accept(text string) bool {
	if !strings.HasPrefix(s.rest(), text) {
		return false
	}
	s.pos += len(text)
	return true
}

// repeat steps over up to most letters and counts them.
func (s *scanner) repeat(letter string, most int) int {
	n := 0
	for n < most && s.accept(letter) {
		n++
	}
	return n
}

// figure steps over digits and dots. Dots belong to it so that "1.5" is refused
// as a whole where only "1" would be allowed.
func (s *scanner) figure() string {
	rest := s.rest()
	text := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789."))]
	s.pos += len(text)
	return text
}

// count reads a whole number from 1 on.
func (s *scanner) count(part string) (int, error) {
	start := s.pos
	n, ok := number(s.figure())
	if !ok || n == 0 {
		s.pos = start
		return 0, s.fail(part, fmt.Sprintf("a whole number from 1 to %d without leading zeros", highestCount))
	}
	return n, nil
}

// done refuses whatever is left of the piece.
func (s *scanner) done(part, want string) error {
	if s.rest() == "" {
		return nil
	}
	return s.fail(part, want)
}

// fail says which part of the name is wrong, where, and what is allowed there.
func (s *scanner) fail(part, want string) error {
	got := "nothing"
	if rest := s.rest(); rest != "" {
		got = strconv.Quote(rest)
	}
	return fmt.Errorf("%s at offset %d: got %s, want %s", part, s.pos, got, want)
}

// acceptCode steps over the code that comes next. No code in a table begins
// with another one of it, so the first match is the only one.
func acceptCode[T comparable](s *scanner, codes []code[T]) (value T, ok bool) {
	for _, c := range codes {
		if s.accept(c.text) {
			return c.value, true
		}
	}
	return value, false
}

// number reads digits, where a zero can only stand first if it stands alone.
func number(digits string) (int, bool) {
	if len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n > highestCount {
		return 0, false
	}
	return int(n), true
}
