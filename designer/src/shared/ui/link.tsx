import { createLink } from '@tanstack/react-router';
import { Button } from 'antd';

/** ButtonLink is a link that looks like a button. Its kind is given as color and variant: the router takes "type" for itself. */
export const ButtonLink = createLink(Button);
