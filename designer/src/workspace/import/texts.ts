// Texts of imports join the others' when their first part is loaded.
import { addTexts } from '@/i18n/add';
import { catalogue } from './catalogue';

addTexts(catalogue);
