package document

import "slices"

// Rename gives a key another name, and says whether the key was there. Its value and its place stay.
func (n *Node) Rename(key, to string) bool {
	i := n.index(key)
	if i >= 0 {
		n.Keys[i].Name = to
	}
	return i >= 0
}

// Set gives a key a value; a key that was not there stands where the value does.
func (n *Node) Set(key string, v *Node) {
	if i := n.index(key); i >= 0 {
		n.Items[i] = v
		return
	}
	n.Keys = append(n.Keys, Key{Name: key, doc: v.doc, at: v.at})
	n.Items = append(n.Items, v)
}

// Remove takes a key out and gives its value; nil when the key was not there.
func (n *Node) Remove(key string) *Node {
	i := n.index(key)
	if i < 0 {
		return nil
	}
	v := n.Items[i]
	n.Keys, n.Items = slices.Delete(n.Keys, i, i+1), slices.Delete(n.Items, i, i+1)
	return v
}

// The values that an upgrade makes stand where the value stands that they are made from.

// NewText is a text.
func NewText(from *Node, text string) *Node { return from.made(String, text) }

// NewLiteral is a number, true, false or null, by its JSON.
func NewLiteral(from *Node, kind Kind, literal string) *Node { return from.made(kind, literal) }

// NewList is a list of values.
func NewList(from *Node, items ...*Node) *Node {
	n := from.made(Array, "")
	n.Items = items
	return n
}

// NewObject is an object without keys.
func NewObject(from *Node) *Node { return from.made(Object, "") }

func (n *Node) made(kind Kind, text string) *Node {
	return &Node{Kind: kind, Text: text, doc: n.doc, at: n.at}
}
